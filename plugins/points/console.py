"""Console routes: figures, levels, gifts, members' accounts. The plugin's settings come from the host."""

from __future__ import annotations

from typing import Any

from flask import abort

from core.plugin.data import session
from core.plugin.web import COMMON, Blueprint, context, current_staff, problems_documented, requires

from . import managing, reading
from .messages import say
from .schemas import (
    AdjustSchema,
    FiguresSchema,
    GiftInSchema,
    GiftSchema,
    GiftsSchema,
    LevelInSchema,
    LevelSchema,
    LevelsSchema,
    LogSchema,
    MemberLevelSchema,
    MemberSchema,
    MembersQuerySchema,
    MembersSchema,
    PageQuerySchema,
    TotalsSchema,
)
from .showing import LAST
from .store import log_page

blp = Blueprint("points_console", __name__)


def _found(thing: Any, key: str) -> Any:
    return thing if thing is not None else abort(404, say(key))


@blp.route("/overview")
@requires("points.view")
@blp.response(200, FiguresSchema)
@problems_documented(blp, *COMMON)
def read_figures() -> Any:
    """Points issued, used and expired in the last 30 days, and outstanding."""
    return reading.figures(session, context().now - LAST)


@blp.route("/totals")
@requires("points.view")
@blp.response(200, TotalsSchema)
@problems_documented(blp, *COMMON)
def read_totals() -> Any:
    """What the books say over all time."""
    return reading.totals(session)


@blp.route("/levels")
@requires("points.view")
@blp.response(200, LevelsSchema)
@problems_documented(blp, *COMMON)
def list_levels() -> dict[str, Any]:
    """The ladder, lowest first, with how many members stand on each step."""
    return {"items": managing.levels(session)}


@blp.route("/levels", methods=["POST"])
@requires("points.manage")
@blp.arguments(LevelInSchema)
@blp.response(201, LevelSchema)
@problems_documented(blp, *COMMON, 409)
def add_level(data: dict[str, Any]) -> Any:
    """A new step of the ladder; members reach it with their next order or review."""
    level_id = managing.store_level(session, data)
    session.commit()
    return managing.level(session, level_id)


@blp.route("/levels/<id:level_id>", methods=["PUT"])
@requires("points.manage")
@blp.arguments(LevelInSchema)
@blp.response(200, LevelSchema)
@problems_documented(blp, *COMMON, 409)
def change_level(data: dict[str, Any], level_id: int) -> Any:
    """Store a level anew."""
    _found(managing.store_level(session, data, level_id), "level_unknown")
    session.commit()
    return managing.level(session, level_id)


@blp.route("/levels/<id:level_id>", methods=["DELETE"])
@requires("points.manage")
@blp.response(204)
@problems_documented(blp, *COMMON)
def remove_level(level_id: int) -> None:
    """Members of the level fall to the highest one that their growth reaches."""
    _found(managing.remove_level(session, level_id), "level_unknown")
    session.commit()


@blp.route("/gifts")
@requires("points.view")
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, GiftsSchema)
@problems_documented(blp, *COMMON)
def list_gifts(query: dict[str, Any]) -> dict[str, Any]:
    """Gifts in the order of the shop, those that are off last."""
    return managing.gifts(session, query)


@blp.route("/gifts", methods=["POST"])
@requires("points.manage")
@blp.arguments(GiftInSchema)
@blp.response(201, GiftSchema)
@problems_documented(blp, *COMMON, 409)
def add_gift(data: dict[str, Any]) -> Any:
    """Put a SKU into the gift shop."""
    gift_id = managing.store_gift(session, data)
    session.commit()
    return managing.gift(session, gift_id)


@blp.route("/gifts/<id:gift_id>", methods=["PUT"])
@requires("points.manage")
@blp.arguments(GiftInSchema)
@blp.response(200, GiftSchema)
@problems_documented(blp, *COMMON, 409)
def change_gift(data: dict[str, Any], gift_id: int) -> Any:
    """Store a gift anew; `active: false` takes it off the shelf."""
    _found(managing.store_gift(session, data, gift_id), "gift_unknown")
    session.commit()
    return managing.gift(session, gift_id)


@blp.route("/members")
@requires("points.view")
@blp.arguments(MembersQuerySchema, location="query")
@blp.response(200, MembersSchema)
@problems_documented(blp, *COMMON)
def list_members(query: dict[str, Any]) -> dict[str, Any]:
    """Accounts, newest first, or the one of a member number or phone number."""
    return managing.members(session, query)


@blp.route("/members/<id:buyer_id>")
@requires("points.view")
@blp.response(200, MemberSchema)
@problems_documented(blp, *COMMON)
def read_member(buyer_id: int) -> Any:
    """One account; a buyer without one has nothing yet."""
    return _found(managing.member(session, buyer_id), "member_unknown")


@blp.route("/members/<id:buyer_id>/log")
@requires("points.view")
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, LogSchema)
@problems_documented(blp, *COMMON)
def read_member_log(query: dict[str, Any], buyer_id: int) -> dict[str, Any]:
    """What changed the account, newest first."""
    return log_page(buyer_id, query)


@blp.route("/members/<id:buyer_id>/adjust", methods=["POST"])
@requires("points.adjust")
@blp.arguments(AdjustSchema)
@blp.response(200, MemberSchema)
@problems_documented(blp, *COMMON, 409)
def adjust(data: dict[str, Any], buyer_id: int) -> Any:
    """Give or take points with a reason (争议调整); never more than there are."""
    _found(managing.member(session, buyer_id), "member_unknown")
    managing.adjust(session, context().now, buyer_id, data, current_staff().id)
    session.commit()
    return managing.member(session, buyer_id)


@blp.route("/members/<id:buyer_id>/level", methods=["PUT"])
@requires("points.manage")
@blp.arguments(MemberLevelSchema)
@blp.response(200, MemberSchema)
@problems_documented(blp, *COMMON)
def set_level(data: dict[str, Any], buyer_id: int) -> Any:
    """Set a member's level by hand, for good (`locked`) or until the next review."""
    _found(managing.member(session, buyer_id), "member_unknown")
    _found(managing.set_level(session, context().now, buyer_id, data), "level_unknown")
    session.commit()
    return managing.member(session, buyer_id)
