"""A callback: fresh, from a known key, signed, readable, and for this merchant (wechat.md §4.8, 2–6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from requests.structures import CaseInsensitiveDict

from core.clock import now
from core.wechat import decode
from core.wechat.errors import SignatureInvalid
from core.wechat.sdk import PayCore, check_fresh
from core.wechat.types import NotifyEvent, PayProfile, instant

MAX_BYTES = 256 * 1024


def parse(core: PayCore, profile: PayProfile, headers: Mapping[str, str], raw_body: bytes) -> NotifyEvent:
    """Cheap checks first, nothing is decoded before it is verified, and nothing is ever fetched.

    Raises SignatureInvalid; its `reason` names the step that failed, its `status` is the answer to give.
    """
    marks = CaseInsensitiveDict(headers.items())
    if len(raw_body) > MAX_BYTES:
        raise SignatureInvalid("body")
    check_fresh(marks, now().timestamp())
    core.verify(marks, raw_body)
    envelope = _json(raw_body)
    resource = envelope.get("resource")
    if envelope.get("resource_type") != "encrypt-resource" or not isinstance(resource, dict):
        raise SignatureInvalid("body")
    data = _json(core.open_resource(resource))
    _check_merchant(profile, data)
    try:
        return _event(profile, envelope, data)
    except (KeyError, TypeError, ValueError):
        raise SignatureInvalid("body") from None


def _event(profile: PayProfile, envelope: Mapping[str, Any], data: Mapping[str, Any]) -> NotifyEvent:
    kind, _, _ = envelope["event_type"].partition(".")
    common = {
        "id": envelope["id"],
        "event_type": envelope["event_type"],
        "create_time": instant(envelope.get("create_time")),
    }
    if kind == "TRANSACTION":
        return NotifyEvent(kind="transaction", trade=decode.trade(profile, data), **common)
    if kind == "REFUND":
        return NotifyEvent(kind="refund", refund=decode.refund(data), **common)
    return NotifyEvent(kind="other", **common)


def _check_merchant(profile: PayProfile, data: Mapping[str, Any]) -> None:
    """Genuine, but about another merchant of the provider, or replayed to another tenant's address?"""
    prefix = "sp_" if profile.partner else ""
    expected = {f"{prefix}mchid": profile.mchid, f"{prefix}appid": profile.appid}
    if profile.partner:
        expected |= {"sub_mchid": profile.sub_mchid, "sub_appid": profile.sub_appid}
    # A refund is notified without appids (wechat.md §4.9): of them only what is there must agree.
    mchids = {name for name in expected if name.endswith("mchid")}
    if any(data.get(name) != expected[name] for name in mchids | (expected.keys() & data.keys())):
        raise SignatureInvalid("merchant")


def _json(text: str | bytes) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise SignatureInvalid("body")
    return data
