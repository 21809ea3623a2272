"""Operations that shoppers ask plugins for: once per idempotency key, in one transaction with the plugin's writes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.errors import Conflict
from core.host.blocks import drawing
from core.host.blocks.answers import reply_of
from core.host.registry import host
from core.host.writes import write
from core.pages.errors import KeyReused, OperationNotFound, PluginFailed
from core.plugin import Context, Refused

KEPT = timedelta(days=7)
"""How long a key is remembered."""

HOOK = "storefront_op"

_BEGIN = text(
    """
    INSERT INTO shopper_op (buyer_id, key, op, digest, at) VALUES (:buyer, :key, :op, :digest, :now)
    ON CONFLICT (buyer_id, key) DO NOTHING RETURNING key
    """
)
_END = text(
    "UPDATE shopper_op SET reply = CAST(:reply AS jsonb) WHERE buyer_id = :buyer AND key = :key RETURNING reply"
)
_KNOWN = text("SELECT digest, reply FROM shopper_op WHERE buyer_id = :buyer AND key = :key")
_EXPIRE = text("DELETE FROM shopper_op WHERE at < :before")

NEXT_EXPIRY = f"SELECT min(at) + interval '{KEPT.days} days' FROM shopper_op"


def perform(ctx: Context, level: int, op: str, params: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Let the plugin named in `op` (`<plugin>.<op>`) do it and commit; returns the reply as the client gets it.

    The same key again gets the same reply and does nothing. Raises OperationNotFound, KeyReused, PluginFailed, and
    Conflict with the plugin's own code and message when it refuses; then nothing is kept.
    """
    plugin, _, name = op.partition(".")
    if plugin not in host().speaking(HOOK):
        raise OperationNotFound(field="op")
    mine = {"buyer": ctx.buyer_id, "key": key}
    digest = hashlib.sha256(orjson.dumps([op, params], option=orjson.OPT_SORT_KEYS)).hexdigest()
    if db.session.execute(_BEGIN, {**mine, "op": op, "digest": digest, "now": ctx.now}).first() is None:
        return _again(mine, digest)
    try:
        reply = _asked(ctx, level, plugin, name, params, key)
    except Exception:
        db.session.rollback()
        raise
    kept = db.session.execute(_END, {**mine, "reply": orjson.dumps(reply).decode()}).scalar_one()
    db.session.commit()
    return kept


def _again(mine: Mapping[str, Any], digest: str) -> dict[str, Any]:
    """The reply of the first time, which has committed: the insert waited for it."""
    known = db.session.execute(_KNOWN, mine).one()
    if known.digest != digest:
        raise KeyReused(field="Idempotency-Key")
    return known.reply


def _asked(ctx: Context, level: int, plugin: str, op: str, params: Mapping[str, Any], key: str) -> dict[str, Any]:
    drawn: dict[str, Any] = {}

    def check(made: Any) -> None:
        if made is not None:
            drawn.update(reply_of(drawing(plugin, level), made))

    answer = write(
        host().bus, plugin, HOOK, check=check, ctx=ctx, session=db.session, op=op, params=dict(params), key=key
    )
    if answer is not None and isinstance(answer.error, Refused):
        raise Conflict(answer.error.message, code=answer.error.code)
    if answer is not None and answer.error is not None:
        raise PluginFailed(plugin=plugin)
    if not drawn:
        raise OperationNotFound(field="op")
    return drawn


def expire() -> None:
    """Forget keys that are older than KEPT."""
    db.session.execute(_EXPIRE, {"before": now() - KEPT})
    db.session.commit()
