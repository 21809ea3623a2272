"""Every component of the pages on one page, for whoever builds a page: plugin authors above all."""

from __future__ import annotations

from datetime import timedelta

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range
from werkzeug.wrappers import Response

from core.clock import now
from core.console.auth import requires
from core.ui.charts import Chart, Series
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.listing import Action, Cell, Column, Empty, Filter, Listing, Row
from core.ui.pages import Pages, done, render
from core.web.fields import Fen, Moment, Quantity

bp = Pages("console_components", __name__)


class StepSchema(ma.Schema):
    threshold_fen = Fen(required=True, metadata={"label": "满"})
    cut_fen = Fen(required=True, metadata={"label": "减"})


class ExampleSchema(ma.Schema):
    """One field of each kind."""

    name = ma.fields.String(required=True, validate=Length(1, 30), metadata={"label": "名称", "help": "顾客看到的名字"})
    kind = ma.fields.String(
        required=True, validate=OneOf(["pickup", "delivery"], labels=["到店自提", "同城配送"]), metadata={"label": "方式"}
    )
    price_fen = Fen(required=True, metadata={"label": "价格"})
    weight = Quantity(load_default=None, allow_none=True, metadata={"label": "重量", "unit": "kg"})
    days = ma.fields.Integer(load_default=7, validate=Range(1, 365), metadata={"label": "有效期", "unit": "天"})
    starts_at = Moment(load_default=None, allow_none=True, metadata={"label": "开始时间"})
    active = ma.fields.Boolean(load_default=True, metadata={"label": "启用", "help": "关闭后顾客看不到"})
    weekdays = ma.fields.List(
        ma.fields.String(validate=OneOf(["1", "6", "7"], labels=["周一", "周六", "周日"])), load_default=list,
        metadata={"label": "星期"},
    )
    codes = ma.fields.List(ma.fields.String(), load_default=list, metadata={"label": "货号"})
    steps = ma.fields.List(ma.fields.Nested(StepSchema), load_default=list, metadata={"label": "阶梯"})
    note = ma.fields.String(load_default="", metadata={"label": "说明", "multiline": True})


@bp.route("/components", methods=["GET", "POST"])
@requires("plugins.manage")
def components() -> Response | str:
    """All of them, with something in them."""
    form = Form(ExampleSchema, {"name": "周末满减", "price_fen": 1280, "steps": [{"threshold_fen": 5000, "cut_fen": 500}]})
    if form.submitted() is not None:
        return done(_("表单填写正确"), "/console/components")
    return render(
        "console/components.html", title=_("组件"), charts=True, form=form, listing=_listing(), empty=Empty(),
        chart_list=_charts(),
    )


def _listing() -> Listing:
    columns = (
        Column("title", _("商品"), wide=True, sort="title"),
        Column("price", _("价格"), "money", sort="price"),
        Column("stock", _("库存"), "quantity"),
        Column("state", _("状态")),
        Column("at", _("修改时间"), "moment", phone=False),
    )
    rows = [
        Row({"title": Cell(_("纯牛奶"), sub="6901234567892", picture=""), "price": 1280, "stock": "36", "at": now(),
             "state": Cell(_("在售"), tone="success")}, id=1, href="/console/components",
            actions=[Action(_("修改"), "/console/components")]),
        Row({"title": Cell(_("五花肉"), sub=_("称重"), picture=""), "price": 1980, "stock": "1.236",
             "at": now() - timedelta(days=400), "state": Cell(_("已下架"), tone="muted")}, id=2),
    ]
    tabs = Filter("state", _("状态"), [("", _("全部")), ("on", _("在售")), ("off", _("已下架"))], "tabs", {"": 2, "on": 1})
    return Listing(
        columns, rows, next="x", search=_("名称或条码"), filters=[tabs, Filter("from", _("从"), kind="date")],
        bulk=[Action(_("下架"), "/console/components", confirm=_("确定下架选中的商品？"))],
        exports=[Action("CSV", "/console/components")], totals={_("合计"): "¥32.60"},
    )


def _charts() -> list[Chart]:
    days = ["11-16", "11-17", "11-18", "11-19", "11-20"]
    lines = [Series(_("本期"), [120000, 150000, 90000, 170000, 160000]),
             Series(_("上期"), [110000, 120000, 100000, 150000, 140000], True)]
    return [
        Chart(_("成交趋势"), "line", days, lines, "money"),
        Chart(_("订单数"), "bar", days, [Series(_("订单"), [12, 15, 9, 17, 16])]),
        Chart(_("订单来源"), "pie", [_("扫码"), _("搜索"), _("分享")], [Series(_("订单"), [40, 30, 12])]),
        Chart(_("转化"), "funnel", [_("访问"), _("下单"), _("支付")], [Series(_("人数"), [300, 80, 60])]),
        Chart(_("热销商品"), "rows", [_("鸡蛋"), _("牛奶"), _("大米")], [Series(_("件"), [90, 70, 20])]),
    ]
