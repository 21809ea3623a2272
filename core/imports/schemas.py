"""What a row of each kind of file holds: marshmallow schemas whose fields know the headers of their columns.

A loaded row has every field of its schema; None means that the cell was empty or the column missing. Columns that no
field knows are left alone and named in the report.
"""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, post_load, validates_schema

from core.imports.cells import (
    CodeCell,
    IntegerCell,
    LongTextCell,
    MoneyCell,
    PriceCell,
    Problem,
    QuantityCell,
    TextCell,
    YesNoCell,
)
from core.imports.specialcells import (
    CATEGORY_LEVELS,
    BarcodeCell,
    BarcodesCell,
    CategoryPathCell,
    MomentCell,
    PhoneCell,
    TagsCell,
    UrlCell,
)

_SKU = ("货号", "sku", "sku_code", "商品编码", "商品编号", "商品货号", "编码", "自编码", "店内码", "product_code")
_BARCODE = ("条码", "barcode", "barcodes", "商品条码", "条形码", "国际条码", "国条码", "69码", "ean", "upc", "gtin")
_STORE = ("门店编码", "store_code", "store", "门店", "门店编号", "门店代码", "店号")
_SHELF = ("货位", "shelf_location", "shelf", "货架", "货架号", "陈列位", "陈列位置", "库位", "location")
_WEIGHED_SPEC = "称重"


def _list_price() -> PriceCell:
    headers = ("售价", "price", "list_price", "价格", "零售价", "销售价", "单价", "原价")
    return PriceCell(*headers, fen_headers=("list_price_fen", "price_fen", "售价(分)", "价格(分)"), required=True)


def _member_price() -> PriceCell:
    return PriceCell("会员价", "member_price", "会员价格", fen_headers=("member_price_fen", "会员价(分)"))


def _cost() -> MoneyCell:
    headers = ("进价", "cost", "成本", "成本价", "进货价", "采购价")
    return MoneyCell(*headers, fen_headers=("cost_fen", "进价(分)", "成本(分)"))


class ImportRow(Schema):
    class Meta:
        unknown = EXCLUDE


class PricedRow(ImportRow):
    list_price_fen = _list_price()
    member_price_fen = _member_price()
    cost_fen = _cost()

    @validates_schema
    def _member_price_is_lower(self, data: dict[str, Any], **kwargs: Any) -> None:
        member = data["member_price_fen"]
        if member is not None and member > data["list_price_fen"]:
            raise ValidationError({"member_price_fen": [Problem.of("member_price_above_list")]})


class ProductRow(PricedRow):
    """商品: `weighed` without a column of its own is told by a spec that says 称重; the unit defaults to kg or 件."""

    sku_code = CodeCell(*_SKU, required=True)
    barcodes = BarcodesCell(*_BARCODE)
    title = TextCell("商品名称", "name", "title", "名称", "品名", "商品名", "标题", "product_name", required=True)
    spec = TextCell("规格", "spec", "规格型号", "包装规格", "specification", limit=100)
    unit = TextCell("单位", "unit", "计量单位", "销售单位", limit=10)
    weighed = YesNoCell("称重", "weighed", "是否称重", "称重商品")
    category_path = CategoryPathCell("分类", "category", "category_path", "类别", "品类", "商品分类", limit=60)
    category_l1 = TextCell("一级分类", "category_l1", "大类", "category_1", limit=60)
    category_l2 = TextCell("二级分类", "category_l2", "中类", "category_2", limit=60)
    category_l3 = TextCell("三级分类", "category_l3", "小类", "category_3", limit=60)
    brand = TextCell("品牌", "brand", "品牌名称", limit=60)
    keywords = TextCell("关键词", "keywords", "关键字", "搜索词", "别名", limit=500)
    shelf_location = TextCell(*_SHELF, limit=40)
    store_code = CodeCell(*_STORE)
    on_shelf = YesNoCell("上架", "on_shelf", "是否上架", "上架状态", "状态", "on_sale")
    video_url = UrlCell("视频", "video_url", "视频地址", "video", limit=500)
    origin = TextCell("产地", "origin", "原产地", limit=60)
    description = LongTextCell("描述", "description", "商品描述", "详情", "简介", limit=5000)

    @post_load
    def _complete(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        levels = [data.pop(f"category_l{level}") for level in range(1, CATEGORY_LEVELS + 1)]
        data["category_path"] = data["category_path"] or [level for level in levels if level]
        data["barcodes"] = data["barcodes"] or []
        data["spec"] = data["spec"] or ""
        data["keywords"] = data["keywords"] or ""
        data["weighed"] = _WEIGHED_SPEC in data["spec"] if data["weighed"] is None else data["weighed"]
        data["unit"] = data["unit"] or ("kg" if data["weighed"] else "件")
        data["on_shelf"] = data["on_shelf"] is not False
        return data


class ArticleRow(ImportRow):
    """A row that names its article by SKU code, by barcode or by both; the SKU code goes first."""

    sku_code = CodeCell(*_SKU)
    barcode = BarcodeCell(*_BARCODE)

    @validates_schema
    def _names_an_article(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["sku_code"] is None and data["barcode"] is None:
            raise ValidationError({"sku_code": [Problem.of("sku_or_barcode")]})


class PriceRow(ArticleRow, PricedRow):
    """价格."""


class StockRow(ArticleRow):
    """库存: `on_hand` and `safety` are Decimal in the article's unit, three places."""

    store_code = CodeCell(*_STORE, required=True)
    on_hand = QuantityCell("库存", "on_hand", "stock", "库存数量", "现有库存", "数量", "quantity", "qty", required=True)
    safety = QuantityCell("安全库存", "safety", "safety_stock", "预留库存")
    shelf_location = TextCell(*_SHELF, limit=40)


class MemberRow(ImportRow):
    """会员: `joined_at` aware UTC, `tags` texts by name, `growth` the growth value (成长值)."""

    member_no = CodeCell("会员号", "member_no", "会员编号", "会员卡号", "卡号", "card_no", required=True)
    phone = PhoneCell("手机号", "phone", "手机", "手机号码", "电话", "联系电话", "mobile")
    name = TextCell("姓名", "name", "会员姓名", "昵称", "称呼", limit=40)
    joined_at = MomentCell("入会时间", "joined_at", "入会日期", "注册时间", "注册日期", "开卡时间", "开卡日期")
    tags = TagsCell("标签", "tags", "会员标签")
    growth = IntegerCell("成长值", "growth", "growth_value")


SCHEMAS: dict[str, type[ImportRow]] = {
    "products": ProductRow,
    "prices": PriceRow,
    "stock": StockRow,
    "members": MemberRow,
}
