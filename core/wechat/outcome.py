"""From an answer of WeChat Pay to a typed error: by code, by Request-ID number, by status (§4.4)."""

from __future__ import annotations

import json
from typing import Any

from core.wechat.errors import (
    AlreadyPaid,
    Closed,
    NotEnough,
    NotFound,
    Rejected,
    Retryable,
    Unknown,
    WechatError,
    normalise,
    numeric_code,
)
from core.wechat.sdk import Answer

_BY_CODE: dict[str, type[WechatError]] = {
    "ORDERPAID": AlreadyPaid,
    "ORDERCLOSED": Closed,
    "ORDERNOTEXIST": NotFound,
    "RESOURCENOTEXISTS": NotFound,
    "NOSTATEMENTEXIST": NotFound,
    "NOTENOUGH": NotEnough,
    "FREQUENCYLIMITED": Retryable,
    "FREQUENCYLIMITEXCEED": Retryable,
    "RATELIMITEXCEED": Retryable,
    "RATELIMITEXCEEDED": Retryable,
    "USERPAYING": Retryable,
    "OPENIDMISMATCH": Rejected,
    "INVALIDTRANSACTIONID": Rejected,
}
_BY_NUMBER: dict[str, type[WechatError]] = {
    "268449538": AlreadyPaid,
    "268498689": AlreadyPaid,
    "268447914": Closed,
    "268512771": NotFound,
    "268447840": Retryable,
}


def raise_for_error(answer: Answer) -> None:
    """Nothing for 200 and 204; otherwise the error, with WeChat's code, message, detail and Request-ID."""
    if answer.status in {200, 204}:
        return
    body = _error_body(answer.body)
    code = str(body.get("code") or "")
    detail = body.get("detail")
    raise _error_class(answer, normalise(code))(
        wx_code=code,
        wx_message=str(body.get("message") or ""),
        detail=detail if isinstance(detail, dict) else None,
        request_id=answer.request_id,
    )


def _error_class(answer: Answer, code: str) -> type[WechatError]:
    named = _BY_CODE.get(code) or _BY_NUMBER.get(numeric_code(answer.request_id))
    if named:
        return named
    if answer.status in {202, 429}:
        return Retryable
    if answer.status >= 500 or code in {"SYSTEMERROR", "BANKERROR"}:
        return Retryable if answer.method == "GET" else Unknown
    return Rejected


def _error_body(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
