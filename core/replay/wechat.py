"""A shop without mini-program gets one for the play: the simulator's, entered at the console."""

from __future__ import annotations

import secrets
from typing import Any

from core.replay.clients import Staff
from core.replay.http import Http

NAME = "重放"
_KEYS = (
    "mchid",
    "cert_serial_no",
    "private_key_pem",
    "apiv3_key",
    "verify_mode",
    "wxpay_public_key_id",
    "wxpay_public_key_pem",
)


def ensure_app(staff: Staff, simulator: Http) -> str:
    """The appid of the shop's first mini-program; when it has none, of a new one with a merchant account."""
    apps = staff.call("GET", "/wechat-apps")["items"]
    return apps[0]["appid"] if apps else _connect(staff, simulator)


def _connect(staff: Staff, simulator: Http) -> str:
    """The profile first: a shop that has an app is taken as complete."""
    wanted = {"appid": f"wx{secrets.token_hex(8)}", "name": NAME, "replace": True}
    answer: dict[str, Any] = simulator.call("POST", "/_sim/provision", wanted)
    profile = {"mode": "direct", "appid": answer["appid"], **{name: answer[name] for name in _KEYS}}
    staff.call("PUT", "/payment-profile", profile)
    app = {"appid": answer["appid"], "secret": answer["secret"], "name": NAME}
    staff.call("PUT", "/wechat-apps", app)
    return answer["appid"]
