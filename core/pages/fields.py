"""What merchants enter into the product's own kinds of block: one schema per kind, drawn as a form by the console."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range, Regexp

from core.web.fields import IdField
from core.web.text import Text

TARGETS = {
    "none": "不跳转",
    "home": "首页",
    "category": "商品分类",
    "product": "商品",
    "search": "搜索",
    "cart": "购物车",
    "orders": "我的订单",
    "member": "会员中心",
    "page": "插件页面",
}
_TARGET = {
    "product": (re.compile(r"[0-9]{1,18}"), "请填写商品编号"),
    "category": (re.compile(r"([0-9]{1,18})?"), "请填写分类编号"),
    "page": (re.compile(r"[a-z][a-z0-9]{2,29}/[a-z][a-z0-9-]{0,39}"), "请填写插件页面，例如 club/gifts"),
}
_PICTURE = Regexp(r"^(/[^/\\\s]\S*|https://\S+)\Z", error="请填写以 / 或 https:// 开头的图片地址")
MAX_HTML = 20_000
MAX_PRODUCTS = 20


class LinkedSchema(ma.Schema):
    """Something a tap of which leads somewhere."""

    link = ma.fields.String(
        validate=OneOf(TARGETS, labels=list(TARGETS.values())), load_default="none", metadata={"label": "跳转到"}
    )
    target = Text(
        200, 0, load_default="", metadata={"label": "跳转目标", "help": "商品或分类编号、搜索词、插件页面；其他不填"}
    )

    @ma.validates_schema
    def _check_target(self, data: dict[str, Any], **kwargs: Any) -> None:
        pattern, message = _TARGET.get(data["link"], (None, ""))
        if pattern is not None and not pattern.fullmatch(data["target"]):
            raise ma.ValidationError(message, "target")


def _picture(**kwargs: Any) -> Text:
    about = {"label": "图片", "help": "JPG、PNG、WebP 或 GIF，不超过 10 MB", "picture": True}
    return Text(500, checks=[_PICTURE], metadata=about, **kwargs)


class BannerItemSchema(LinkedSchema):
    class Meta:
        fields = ("img", "title", "link", "target")

    img = _picture(required=True)
    title = Text(40, 0, load_default="", metadata={"label": "说明"})


class BannerSchema(ma.Schema):
    items = ma.fields.List(
        ma.fields.Nested(BannerItemSchema), required=True, validate=Length(1, 10), metadata={"label": "图片"}
    )
    shape = ma.fields.String(
        validate=OneOf(["wide", "square", "tall"], labels=["横幅", "方形", "竖幅"]),
        load_default="wide",
        metadata={"label": "形状"},
    )


class NoticeSchema(LinkedSchema):
    class Meta:
        fields = ("text", "tone", "link", "target")

    text = Text(60, required=True, metadata={"label": "公告"})
    tone = ma.fields.String(
        validate=OneOf(["brand", "warning", "danger", "success", "muted"], labels=["品牌", "提醒", "警示", "喜讯", "平淡"]),
        load_default="brand",
        metadata={"label": "语气"},
    )


class WaySchema(LinkedSchema):
    class Meta:
        fields = ("text", "img", "badge", "link", "target")

    text = Text(8, required=True, metadata={"label": "名称"})
    img = _picture(load_default=None, allow_none=True)
    badge = Text(4, 0, load_default="", metadata={"label": "角标"})


class NavGridSchema(ma.Schema):
    items = ma.fields.List(
        ma.fields.Nested(WaySchema), required=True, validate=Length(1, 20), metadata={"label": "入口"}
    )
    columns = ma.fields.Integer(strict=True, validate=Range(3, 5), load_default=4, metadata={"label": "每行几个"})


class ProductGridSchema(ma.Schema):
    title = Text(20, 0, load_default="", metadata={"label": "标题"})
    category_id = IdField(load_default=None, allow_none=True, metadata={"label": "分类", "help": "不填为全部商品"})
    sort = ma.fields.String(
        validate=OneOf(["new", "price", "price_desc"], labels=["新品在前", "价格从低到高", "价格从高到低"]),
        load_default="new",
        metadata={"label": "排序"},
    )
    limit = ma.fields.Integer(
        strict=True, validate=Range(1, MAX_PRODUCTS), load_default=10, metadata={"label": "最多几个"}
    )
    layout = ma.fields.String(
        validate=OneOf(["grid2", "grid3", "list", "scroll"], labels=["一行两个", "一行三个", "列表", "横向滑动"]),
        load_default="grid2",
        metadata={"label": "排列"},
    )


class TitleSchema(LinkedSchema):
    class Meta:
        fields = ("text", "subtitle", "more", "link", "target")

    text = Text(20, required=True, metadata={"label": "标题"})
    subtitle = Text(40, 0, load_default="", metadata={"label": "副标题"})
    more = Text(8, 0, load_default="", metadata={"label": "右侧文字"})


class RichTextSchema(ma.Schema):
    html = Text(MAX_HTML, required=True, metadata={"label": "内容", "multiline": True})
