"""Pages for staff, under `/console/plugins/fullreduction/`: campaigns with their figures, gifts, gifts to decide about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import marshmallow as ma

from core.plugin import Refused
from core.plugin.data import session
from core.plugin.pages import Form, Pages, Response, abort, done, render, request, url_for
from core.plugin.pages import gettext as _
from core.plugin.web import audit, context, current_staff, integer, requires

from . import figures, forms, gifts, rules, showing
from .console import explain_conflict, stored
from .models import CampaignRow
from .schemas import RuleSchema

bp = Pages("fullreduction_pages", __name__)

LAST = timedelta(days=29)
_OF_FORM = {"percent": "discount", "_schema": "at"}


@bp.route("/rules")
@requires("fullreduction.view")
def campaigns() -> str:
    """Every campaign with its state and what it did in 30 days."""
    now = context().now
    found = figures.by_rule(session, now - LAST)
    start = max(integer(request.args.get("cursor")) or 0, 0)
    listing = showing.campaigns(rules.every(session), found, gifts.names(session), now, start)
    return render("fullreduction/campaigns.html", title=_("满减送活动"), listing=listing, may_edit=_may_edit())


@bp.route("/rules/new", methods=["GET", "POST"])
@requires("fullreduction.edit")
def new() -> Response | str:
    """Add a campaign."""
    start = {"basis": "amount", "mode": "ladder", "starts_at": context().now}
    form = Form(forms.OfferSchema, start, choices=_choices())
    if (data := _entered(form)) is not None:
        try:
            rule_id = rules.create(session, data)
        except Refused as error:
            form.problem = error.message
        else:
            audit("fullreduction.create_rule", f"rule:{rule_id}", title=data["title"])
            session.commit()
            return done(_("活动已添加"), url_for(".campaign", rule_id=rule_id))
    return render("fullreduction/form.html", title=_("新建活动"), form=form, back=url_for(".campaigns"))


@bp.route("/rules/<id:rule_id>")
@requires("fullreduction.view")
def campaign(rule_id: int) -> str:
    """What a campaign brought."""
    rule, now = _found(rule_id), context().now
    total = figures.by_rule(session, now - LAST).get(rule_id)
    days = figures.daily(session, rule_id, now - LAST, now)
    return render(
        "fullreduction/campaign.html", title=rule.title, charts=True, rule=rule, total=total, now=now,
        about=showing.about(rule, gifts.names(session), now), charted=showing.charts(days),
        orders=showing.orders(figures.latest(session, rule_id)), may_edit=_may_edit(),
    )


@bp.route("/rules/<id:rule_id>/edit", methods=["GET", "POST"])
@requires("fullreduction.edit")
def edit(rule_id: int) -> Response | str:
    """Change a campaign; who was too late is told so and keeps what he typed."""
    rule = _found(rule_id)
    form = Form(forms.OfferSchema, forms.filled(rule), choices=_choices())
    version = request.form.get("version", rule.version, type=int)
    if (data := _entered(form, rule)) is not None:
        if rules.replace(session, rule_id, version, data):
            audit("fullreduction.edit_rule", f"rule:{rule_id}", title=data["title"], version=version + 1)
            session.commit()
            return done(_("活动已保存"), url_for(".campaign", rule_id=rule_id))
        form.problem = explain_conflict(rule_id).message
    back = url_for(".campaign", rule_id=rule_id)
    return render("fullreduction/form.html", title=_("编辑活动"), form=form, version=version, back=back)


@bp.route("/rules/<id:rule_id>/switch", methods=["POST"])
@requires("fullreduction.edit")
def switch(rule_id: int) -> Response:
    """Let it apply, or not."""
    active = request.form.get("active") == "1"
    if not rules.switch(session, rule_id, active):
        abort(404)
    audit("fullreduction.switch_rule", f"rule:{rule_id}", active=active)
    session.commit()
    return done(_("活动已启用") if active else _("活动已停用"), url_for(".campaign", rule_id=rule_id))


@bp.route("/rules/<id:rule_id>/remove", methods=["POST"])
@requires("fullreduction.edit")
def remove(rule_id: int) -> Response:
    """Delete it with its figures; orders keep their prices."""
    if not rules.remove(session, rule_id):
        abort(404)
    audit("fullreduction.remove_rule", f"rule:{rule_id}")
    session.commit()
    return done(_("活动已删除"), url_for(".campaigns"))


@bp.route("/gifts")
@requires("fullreduction.view")
def gift_list() -> str:
    """Gifts, and those of orders that were refunded in part."""
    listing = showing.gifts(gifts.page(session, integer(request.args.get("cursor")), showing.PAGE + 1))
    reviews = gifts.under_review(session)
    return render("fullreduction/gifts.html", title=_("赠品"), listing=listing, reviews=reviews, may_edit=_may_edit())


@bp.route("/gifts/new", methods=["GET", "POST"])
@requires("fullreduction.edit")
def new_gift() -> Response | str:
    """Add a gift."""
    form = Form(forms.GiftFormSchema)
    if (data := form.submitted()) is not None:
        gift_id = gifts.create(session, data["name"], data["stock"])
        audit("fullreduction.create_gift", f"gift:{gift_id}", **data)
        session.commit()
        return done(_("赠品已添加"), url_for(".gift_list"))
    return render("fullreduction/form.html", title=_("新建赠品"), form=form, back=url_for(".gift_list"))


@bp.route("/gifts/<id:gift_id>/stock", methods=["GET", "POST"])
@requires("fullreduction.edit")
def restock(gift_id: int) -> Response | str:
    """Add to what is left, or take from it."""
    if not gifts.known(session, {gift_id}):
        abort(404)
    form = Form(forms.RestockFormSchema)
    if (data := form.submitted()) is not None:
        if gifts.restock(session, gift_id, data["change"]):
            audit("fullreduction.restock_gift", f"gift:{gift_id}", **data)
            session.commit()
            return done(_("赠品数量已修改"), url_for(".gift_list"))
        form.problem = "赠品剩余数量不足，不能再减"
    return render("fullreduction/form.html", title=_("增减赠品"), form=form, back=url_for(".gift_list"))


@bp.route("/reviews/<id:given_id>", methods=["POST"])
@requires("fullreduction.edit")
def decide(given_id: int) -> Response:
    """Say whether such a gift came back or stays with the buyer."""
    came_back = request.form.get("came_back") == "1"
    if not gifts.settle(session, given_id, came_back):
        abort(404)
    audit("fullreduction.decide", f"given:{given_id}", came_back=came_back)
    session.commit()
    return done(_("已记录"), url_for(".gift_list"))


def _may_edit() -> bool:
    return "fullreduction.edit" in current_staff().permissions


def _found(rule_id: int) -> CampaignRow:
    return rules.find(session, rule_id) or abort(404)


def _choices() -> dict[str, list[tuple[str, str]]]:
    return {"steps.gift_id": [(str(key), name) for key, name in gifts.names(session).items()]}


def _entered(form: Form, rule: CampaignRow | None = None) -> dict[str, Any] | None:
    """The row to write; None when nothing was sent, or something is wrong with it, which the form then says."""
    data = form.submitted()
    if data is None:
        return None
    try:
        categories = [str(key) for key in rule.categories] if rule else []
        return stored(RuleSchema().load({**forms.wire(data), "categories": categories}))
    except Refused as error:
        form.problem = error.message
    except ma.ValidationError as error:
        form.refuse_all(_as_typed(error.normalized_messages()))
    return None


def _as_typed(messages: dict[str, Any]) -> dict[str, Any]:
    """Messages of the API's schema beside the fields of the form."""
    levels = messages.pop("levels", None)
    if isinstance(levels, dict):
        levels = {row: {_OF_FORM.get(key, key): said for key, said in found.items()} for row, found in levels.items()}
    return messages | ({"steps": levels} if levels else {})
