"""What staff send and see when they edit the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, Range

from core.catalog.fields import BarcodeField, Code, Line, Plu, WebAddress
from core.catalog.schemas import MAX_BARCODES, MAX_SKUS, PageQuery, check_member_price
from core.web.fields import Fen, IdField, Moment
from core.web.text import Text

_STRICT = {"truthy": {True}, "falsy": {False}}


class CategoryForm(ma.Schema):
    parent_id = IdField(
        load_default=None, allow_none=True,
        metadata={"label": "上级分类", "help": "留空为一级分类，最多三级"},
    )
    name = Line(60, required=True, metadata={"label": "分类名称"})
    position = ma.fields.Integer(
        strict=True, load_default=0, validate=Range(0, 100_000),
        metadata={"label": "排序", "help": "小的在前"},
    )
    active = ma.fields.Boolean(
        load_default=True, **_STRICT,
        metadata={"label": "显示", "help": "不显示时顾客看不到这个分类"},
    )


class CategoryEditForm(CategoryForm):
    """`version` is what the editor saw; without it the last one wins."""

    version = ma.fields.Integer(load_default=None, allow_none=True, strict=True)


class CategorySchema(ma.Schema):
    id = IdField()
    parent_id = IdField(allow_none=True)
    name = ma.fields.String()
    position = ma.fields.Integer()
    active = ma.fields.Boolean()
    version = ma.fields.Integer(metadata={"description": "goes back with an edit"})
    products = ma.fields.Integer(metadata={"description": "products right in it"})


class CategoriesSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(CategorySchema))


class BrandForm(ma.Schema):
    name = Line(60, required=True, metadata={"label": "品牌名称"})


class BrandSchema(ma.Schema):
    id = IdField()
    name = ma.fields.String()
    products = ma.fields.Integer()


class BrandsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(BrandSchema))
    next_cursor = ma.fields.String(allow_none=True)


class CreatedSchema(ma.Schema):
    id = IdField()


class SkuForm(ma.Schema):
    """A SKU of a product form: with an id it is changed, without one it is added."""

    id = IdField(load_default=None, allow_none=True, metadata={"label": "编号"})
    code = Code(required=True, metadata={"label": "货号", "help": "店内唯一，建议不改"})
    spec = Line(100, 0, load_default="", metadata={"label": "规格", "help": "例如 250ml×12"})
    unit = Line(10, load_default="件", metadata={"label": "单位", "help": "例如 件、盒、kg"})
    weighed = ma.fields.Boolean(
        load_default=False, **_STRICT,
        metadata={"label": "称重商品", "help": "按重量卖，数量可以有三位小数"},
    )
    plu = Plu(load_default=None, allow_none=True, metadata={"label": "PLU", "help": "电子秤用的 5 位数字"})
    list_price_fen = Fen(required=True, metadata={"label": "售价"})
    member_price_fen = Fen(
        load_default=None, allow_none=True,
        metadata={"label": "会员价", "help": "留空表示没有，不能高于售价"},
    )
    cost_fen = Fen(load_default=None, allow_none=True, metadata={"label": "进价", "help": "只有员工看得到"})
    active = ma.fields.Boolean(load_default=True, **_STRICT, metadata={"label": "在售"})
    barcodes = ma.fields.List(
        BarcodeField(), load_default=list, validate=Length(max=MAX_BARCODES),
        metadata={"label": "条码", "help": "扫码枪可直接扫入，一个规格可有多个"},
    )

    @ma.validates_schema
    def _check(self, data: dict[str, Any], **kwargs: Any) -> None:
        check_member_price(data)


class ProductForm(ma.Schema):
    """A whole product: what is left out is emptied."""

    title = Line(200, required=True, metadata={"label": "商品名称"})
    category_id = IdField(load_default=None, allow_none=True, metadata={"label": "分类"})
    brand_id = IdField(load_default=None, allow_none=True, metadata={"label": "品牌"})
    origin = Line(60, 0, load_default=None, allow_none=True, metadata={"label": "产地"})
    description = Text(5000, 0, load_default=None, allow_none=True, metadata={"label": "商品介绍", "multiline": True})
    video_url = WebAddress(
        load_default=None, allow_none=True,
        metadata={"label": "视频网址", "help": "以 https:// 开头"},
    )
    keywords = Line(500, 0, load_default="", metadata={"label": "搜索词", "help": "顾客可能用的别名，用空格分开"})
    on_shelf = ma.fields.Boolean(
        load_default=True, **_STRICT,
        metadata={"label": "上架", "help": "下架后顾客看不到，也不能购买"},
    )
    skus = ma.fields.List(
        ma.fields.Nested(SkuForm),
        required=True,
        validate=Length(1, MAX_SKUS),
        metadata={"label": "规格与价格"},
    )

    @ma.validates_schema(skip_on_field_errors=True)
    def _check_repeats(self, data: dict[str, Any], **kwargs: Any) -> None:
        skus = data["skus"]
        _unlike([sku["id"] for sku in skus], "id")
        _unlike([sku["code"] for sku in skus], "code")
        _unlike([sku["plu"] for sku in skus], "plu")
        _unlike([barcode for sku in skus for barcode in sku["barcodes"]], "barcodes")


_LABELS = {"id": "编号", "code": "货号", "plu": "PLU", "barcodes": "条码"}


def _unlike(values: Sequence[Any], name: str) -> None:
    given = [value for value in values if value is not None]
    repeated = next((value for value in given if given.count(value) > 1), None)
    if repeated is not None:
        raise ma.ValidationError(f"{_LABELS[name]} {repeated} 出现了不止一次", "skus")


class ProductEditForm(ProductForm):
    version = IdField(
        load_default=None, allow_none=True, metadata={"description": "of the product as it was opened"}
    )


class ShelfForm(ma.Schema):
    product_ids = ma.fields.List(IdField(), required=True, validate=Length(1, 500))
    on_shelf = ma.fields.Boolean(required=True, **_STRICT)


class ChangedSchema(ma.Schema):
    changed = ma.fields.Integer()


class ProductsQuery(PageQuery):
    q = ma.fields.String(load_default=None, validate=Length(1, 200))
    category_id = IdField(load_default=None)
    brand_id = IdField(load_default=None)
    on_shelf = ma.fields.Boolean(load_default=None)


class ChangesQuery(PageQuery):
    changed_since = Moment(load_default=None)


class ManagedSkuSchema(ma.Schema):
    id = IdField()
    code = ma.fields.String()
    spec = ma.fields.String()
    unit = ma.fields.String()
    weighed = ma.fields.Boolean()
    plu = ma.fields.String(allow_none=True)
    list_price_fen = Fen()
    member_price_fen = Fen(allow_none=True)
    cost_fen = Fen(allow_none=True)
    active = ma.fields.Boolean()
    barcodes = ma.fields.List(ma.fields.String())


class PictureSchema(ma.Schema):
    id = IdField()
    urls = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String())


class ManagedProductSchema(ma.Schema):
    id = IdField()
    title = ma.fields.String()
    category_id = IdField(allow_none=True)
    category_path = ma.fields.List(ma.fields.String())
    brand_id = IdField(allow_none=True)
    brand = ma.fields.String(allow_none=True)
    origin = ma.fields.String(allow_none=True)
    description = ma.fields.String(allow_none=True)
    video_url = ma.fields.String(allow_none=True)
    keywords = ma.fields.String()
    on_shelf = ma.fields.Boolean()
    min_price_fen = Fen()
    created_at = Moment()
    updated_at = Moment()
    version = ma.fields.String()
    skus = ma.fields.List(ma.fields.Nested(ManagedSkuSchema))
    pictures = ma.fields.List(ma.fields.Nested(PictureSchema))
    placeholder = ma.fields.String()


class ManagedPageSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ManagedProductSchema))
    next_cursor = ma.fields.String(allow_none=True)


class PictureUpload(ma.Schema):
    picture = ma.fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class PictureOrderForm(ma.Schema):
    picture_ids = ma.fields.List(IdField(), required=True, validate=Length(1, 100))
