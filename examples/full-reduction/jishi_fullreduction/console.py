"""Routes for staff, under `/console/api/v1/plugins/fullreduction/`: campaigns, gifts, gifts to decide about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort

from core.plugin import Refused
from core.plugin.data import session
from core.plugin.web import COMMON, Blueprint, audit, encode_cursor, integer, problems_documented, requires

from . import gifts, rules
from .schemas import (
    CreatedSchema,
    DecisionSchema,
    EditSchema,
    GiftSchema,
    GiftsSchema,
    LevelSchema,
    PageQuery,
    RestockSchema,
    ReviewsSchema,
    RuleSchema,
    RulesSchema,
    StoredSchema,
)

blp = Blueprint("fullreduction_console", __name__)


@blp.route("/rules")
@requires("fullreduction.view")
@blp.arguments(PageQuery, location="query")
@blp.response(200, RulesSchema)
@problems_documented(blp, *COMMON)
def list_rules(query: dict[str, Any]) -> dict[str, Any]:
    """Campaigns (满减送活动), oldest first, also those that are over or not active."""
    return _page(rules.page(session, integer(query["cursor"]), query["limit"] + 1), query["limit"])


@blp.route("/rules", methods=["POST"])
@requires("fullreduction.edit")
@blp.arguments(RuleSchema)
@blp.response(201, CreatedSchema)
@problems_documented(blp, *COMMON, 409)
def create_rule(data: dict[str, Any]) -> dict[str, Any]:
    """Add a campaign."""
    rule_id = rules.create(session, stored(data))
    audit("fullreduction.create_rule", f"rule:{rule_id}", title=data["title"])
    session.commit()
    return {"id": rule_id}


@blp.route("/rules/<id:rule_id>")
@requires("fullreduction.view")
@blp.response(200, StoredSchema)
@problems_documented(blp, *COMMON)
def read_rule(rule_id: int) -> Any:
    """One campaign."""
    return rules.find(session, rule_id) or abort(404)


@blp.route("/rules/<id:rule_id>", methods=["PUT"])
@requires("fullreduction.edit")
@blp.arguments(EditSchema)
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def edit_rule(data: dict[str, Any], rule_id: int) -> None:
    """Change a campaign; 409 `rule_changed` when somebody else did in the meantime. Placed orders keep their prices."""
    version = data.pop("version")
    if not rules.replace(session, rule_id, version, stored(data)):
        raise explain_conflict(rule_id)
    audit("fullreduction.edit_rule", f"rule:{rule_id}", title=data["title"], version=version + 1)
    session.commit()


@blp.route("/rules/<id:rule_id>", methods=["DELETE"])
@requires("fullreduction.edit")
@blp.response(204)
@problems_documented(blp, *COMMON)
def remove_rule(rule_id: int) -> None:
    """Delete a campaign."""
    if not rules.remove(session, rule_id):
        abort(404)
    audit("fullreduction.remove_rule", f"rule:{rule_id}")
    session.commit()


@blp.route("/gifts")
@requires("fullreduction.view")
@blp.arguments(PageQuery, location="query")
@blp.response(200, GiftsSchema)
@problems_documented(blp, *COMMON)
def list_gifts(query: dict[str, Any]) -> dict[str, Any]:
    """Gifts (赠品) and how many are left."""
    return _page(gifts.page(session, integer(query["cursor"]), query["limit"] + 1), query["limit"])


@blp.route("/gifts", methods=["POST"])
@requires("fullreduction.edit")
@blp.arguments(GiftSchema)
@blp.response(201, CreatedSchema)
@problems_documented(blp, *COMMON)
def create_gift(data: dict[str, Any]) -> dict[str, Any]:
    """Add a gift."""
    gift_id = gifts.create(session, data["name"], data["stock"])
    audit("fullreduction.create_gift", f"gift:{gift_id}", **data)
    session.commit()
    return {"id": gift_id}


@blp.route("/gifts/<id:gift_id>/stock", methods=["POST"])
@requires("fullreduction.edit")
@blp.arguments(RestockSchema)
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def restock_gift(data: dict[str, Any], gift_id: int) -> None:
    """Add to what is left of a gift, or take from it."""
    if not gifts.restock(session, gift_id, data["change"]):
        if not gifts.known(session, {gift_id}):
            abort(404)
        raise Refused("not_enough_gifts", "赠品剩余数量不足，不能再减")
    audit("fullreduction.restock_gift", f"gift:{gift_id}", **data)
    session.commit()


@blp.route("/reviews")
@requires("fullreduction.view")
@blp.response(200, ReviewsSchema)
@problems_documented(blp, *COMMON)
def list_reviews() -> dict[str, Any]:
    """Gifts of orders that were refunded in part: whether they come back is for staff to decide."""
    return {"items": gifts.under_review(session)}


@blp.route("/reviews/<id:given_id>", methods=["POST"])
@requires("fullreduction.edit")
@blp.arguments(DecisionSchema)
@blp.response(204)
@problems_documented(blp, *COMMON)
def decide(data: dict[str, Any], given_id: int) -> None:
    """Say whether such a gift came back (then it is in stock again) or stays with the buyer."""
    if not gifts.settle(session, given_id, data["came_back"]):
        abort(404)
    audit("fullreduction.decide", f"given:{given_id}", **data)
    session.commit()


def _page(rows: Sequence[Any], limit: int) -> dict[str, Any]:
    shown = rows[:limit]
    return {"items": shown, "next_cursor": encode_cursor(shown[-1].id) if len(rows) > len(shown) else None}


def stored(data: dict[str, Any]) -> dict[str, Any]:
    """What goes into the row; refuses gifts that don't exist."""
    wanted = {level["gift_id"] for level in data["levels"] if level["gift_id"]}
    if wanted - gifts.known(session, wanted):
        raise Refused("unknown_gift", "赠品不存在，请先新建赠品")
    return {**data, "levels": LevelSchema(many=True).dump(data["levels"])}


def explain_conflict(rule_id: int) -> Refused:
    """Why a version could not be replaced; 404 when the campaign is gone."""
    if rules.find(session, rule_id) is None:
        abort(404)
    return Refused("rule_changed", "活动已被他人修改，请刷新后再保存")
