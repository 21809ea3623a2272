"""The two forms about an order's money: an input for every line, and what is the same for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import marshmallow as ma
from flask import request
from marshmallow.validate import OneOf

from core.money import cumulative_share
from core.orders.adjust import LineChange, OrderChange
from core.orders.domain import AWAITING_HANDOVER, MANUAL_RULES
from core.payments.refunds import RefundLine, Rest
from core.ui.formats import money
from core.ui.forms import Control, Form
from core.ui.i18n import gettext as _
from core.web.fields import Fen, Quantity, quantity_text
from core.web.text import Text

_RULES = ("price", "goodwill", "member", "coupon")
_BEARERS = {"shop": "商家承担", "supplier": "供应商承担", "platform": "平台承担"}
ALL, SOME = "all", "some"


class PriceSchema(ma.Schema):
    """What is the same for every line."""

    whole_fen = Fen(
        load_default=None, allow_none=True, signed=True,
        metadata={"label": "整单再优惠", "help": "整单一口气再减多少；要加价就填负数。不填就不减。"},
    )
    rule = ma.fields.String(
        load_default="price", validate=OneOf(_RULES, [MANUAL_RULES[rule] for rule in _RULES]),
        metadata={"label": "改价方式"},
    )
    bearer = ma.fields.String(
        load_default="shop", validate=OneOf([*_BEARERS], [*_BEARERS.values()]), metadata={"label": "优惠由谁承担"}
    )
    why = Text(200, required=True, metadata={"label": "改价原因", "help": "记在订单的价格明细和操作记录里"})


class RefundSchema(ma.Schema):
    scope = ma.fields.String(
        load_default=ALL, validate=OneOf([ALL, SOME], ["退还剩下的全部", "只退一部分商品"]), metadata={"label": "退多少"}
    )
    restock = ma.fields.Boolean(
        load_default=True, metadata={"label": "退回的商品放回库存", "help": "坏了、不能再卖的商品请关掉"}
    )
    reason = Text(80, required=True, metadata={"label": "退款原因", "help": "顾客会看到"})


class _LineForm(Form):
    """A form with one more input, `line_<position>`, for every line of an order."""

    reason_name = "why"

    def __init__(self, common: type[ma.Schema], lines: Mapping[int, ma.fields.Field], values: Mapping[str, Any]) -> None:
        self.positions = list(lines)
        fields = {f"line_{position}": field for position, field in lines.items()}
        super().__init__(common.from_dict(fields)(), values)
        self.data: dict[str, Any] = {}

    def submitted(self) -> dict[str, Any] | None:
        """As in every form, but that the sum needs no reason yet: without one it can't be agreed to."""
        if request.method != "POST":
            return None
        posted = request.form.copy()
        unfounded = not posted.get(self.reason_name, "").strip()
        if unfounded:
            posted[self.reason_name] = "–"
        self.data = self.read(posted) or {}
        self.typed = request.form
        if unfounded and posted.get("act") == "save":
            self.refuse_all({self.reason_name: [_("请填写原因")]})
        return self.data or None

    def agreed(self, amount_fen: int) -> bool:
        """Whether this sum was on the screen when the button was pressed; what can't be seen can't be agreed to."""
        if self.errors:
            return False
        if request.form.get("seen") == str(amount_fen):
            return True
        self.problem = _("请核对下面的金额，没问题就再点一次")
        return False

    def line_controls(self) -> dict[int, Control]:
        """The inputs of the lines by position."""
        by_name = {control.name: control for control in self.controls}
        return {position: by_name[f"line_{position}"] for position in self.positions}

    @staticmethod
    def amount(fen: int) -> str:
        return money(fen)


class PriceForm(_LineForm):
    """What every line shall cost, filled with what it costs now. `quoted` is without any earlier 改价."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        manual = [step for step in order["steps"] or () if step["lane"] == "manual"]
        self.quoted = _quoted(order)
        self.now = {line["position"]: line["payable_fen"] for line in order["lines"]}
        fields = {p: Fen(required=True, metadata={"label": _("第 %(n)s 行改为", n=p)}) for p in self.now}
        values: dict[str, Any] = {f"line_{p}": fen for p, fen in self.now.items()}
        if manual:
            values["rule"] = manual[0]["rule"].removeprefix("manual.")
            values["bearer"] = manual[0]["bearer"]
        super().__init__(PriceSchema, fields, values)

    @property
    def why(self) -> str:
        return self.data["why"]

    @property
    def line_changes(self) -> list[LineChange]:
        """Differences to the quote, which is what 改价 is kept as."""
        rule, bearer = self.data["rule"], self.data["bearer"]
        wanted = {p: self.data[f"line_{p}"] - self.quoted[p] for p in self.positions}
        return [LineChange(p, rule, change, bearer) for p, change in wanted.items() if change]

    @property
    def order_changes(self) -> list[OrderChange]:
        off = self.data["whole_fen"]
        return [OrderChange(self.data["rule"], -off, self.data["bearer"])] if off else []


def _quoted(order: Mapping[str, Any]) -> dict[int, int]:
    steps = [step for step in order["steps"] or () if step["lane"] not in {"manual", "shipping"}]
    return {line["position"]: sum(step["allocation"][line["position"] - 1] for step in steps) for line in order["lines"]}


class RefundForm(_LineForm):
    """How much of every line goes back."""

    reason_name = "reason"

    def __init__(self, order: Mapping[str, Any]) -> None:
        self.order_lines = {line["position"]: line for line in order["lines"]}
        self.left = order["refundable"]
        self.gone = order["state"] not in AWAITING_HANDOVER
        fields = {
            line["position"]: Quantity(
                load_default=None, allow_none=True, metadata={"label": _("第 %(n)s 行退", n=line["position"])}
            )
            for line in self.left["lines"]
        }
        super().__init__(RefundSchema, fields, {"scope": ALL, "restock": True})

    def submitted(self) -> dict[str, Any] | None:
        if super().submitted() is None:
            return None
        most = {line["position"]: line["quantity"] for line in self.left["lines"]}
        over = {p: quantity for p, quantity in self._chosen() if quantity > Decimal(most[p])}
        if over:
            self.refuse_all({f"line_{p}": [_("最多还能退 %(n)s", n=most[p])] for p in over})
        elif self.everything and self._chosen():
            self.problem = _("填了要退的数量：请选“只退一部分商品”，或者把数量清空")
        elif not self.everything and not self._chosen():
            self.problem = _("请填写要退的数量，或选择退还全部")
        else:
            return self.data
        self.data = {}
        return None

    @property
    def everything(self) -> bool:
        return self.data["scope"] == ALL

    @property
    def wanted(self) -> list[RefundLine] | Rest:
        """What goes back, and whether to the shelf."""
        restock = self.data["restock"]
        return Rest(restock) if self.everything else [RefundLine(p, quantity, restock) for p, quantity in self._chosen()]

    @property
    def reason(self) -> str:
        return self.data["reason"]

    @property
    def amount_fen(self) -> int | None:
        """What `core.payments.refunds.request_refund` will give back; None while the form is not filled in well."""
        if not self.data:
            return None if request.method == "POST" else self.left["total_fen"]
        return self.left["total_fen"] if self.everything else sum(self._worth(p, q) for p, q in self._chosen())

    def _chosen(self) -> list[tuple[int, Decimal]]:
        return [(p, self.data[f"line_{p}"]) for p in self.positions if self.data.get(f"line_{p}")]

    def _worth(self, position: int, quantity: Decimal) -> int:
        line = self.order_lines[position]
        part = Decimal(line["refunded_quantity"]) + quantity
        return cumulative_share(line["payable_fen"], part, Decimal(line["quantity"]), line["refunded_fen"])

    def quantity(self, position: int) -> str:
        return quantity_text(Decimal(self.order_lines[position]["quantity"]))
