"""``/v3/bill/*``: ask for a bill, download it; and what the bill faults change (spec §4.10)."""

import gzip
import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta

from flask import Blueprint, Response, request

from simulator import billrows
from simulator.clock import SHANGHAI, shanghai
from simulator.errors import pay_error
from simulator.gateway import Call, mount
from simulator.state import State

_READY_HOUR = 10
_KEPT_DAYS = 92
_FILES = 100


def trade_bill(state: State, call: Call) -> dict:
    """``GET /v3/bill/tradebill`` → hash_type, hash_value, download_url."""
    kind = _choice(call, "bill_type", ("ALL", "SUCCESS", "REFUND"))
    day = _day(state, call)
    rows = billrows.trade_rows(state, call.mchid, call.query.get("sub_mchid"), day)
    rows = _bend(state, call, rows, "订单金额", ("微信订单号", "商户订单号"))
    if kind != "ALL":
        rows = [row for row in rows if row["交易状态"] == kind]
    return _offer(state, call, rows, lambda found: billrows.trade_text(found, kind))


def flow_bill(state: State, call: Call) -> dict:
    """``GET /v3/bill/fundflowbill``; only BASIC has movements here."""
    account = _choice(call, "account_type", ("BASIC", "OPERATION", "FEES"))
    day = _day(state, call)
    rows = billrows.flow_rows(state, call.mchid, day) if account == "BASIC" else []
    rows = _bend(state, call, rows, "收支金额(元)", ("微信支付业务单号", "业务凭证号"))
    return _offer(state, call, rows, billrows.flow_text)


def _choice(call: Call, name: str, allowed: tuple[str, ...]) -> str:
    value = call.query.get(name, allowed[0])
    if value not in allowed:
        raise pay_error("range", field=name, value=value, location="query")
    return value


def _day(state: State, call: Call) -> date:
    try:
        day = date.fromisoformat(call.query.get("bill_date", ""))
    except ValueError as error:
        raise pay_error("param", "bill_date须为YYYY-MM-DD", field="bill_date") from error
    ready = datetime(day.year, day.month, day.day, _READY_HOUR, tzinfo=SHANGHAI) + timedelta(days=1)
    now = shanghai(state.now)
    if now < ready or state.faults.take("bill_not_ready", call.where):
        raise pay_error("no_statement")
    if now - ready > timedelta(days=_KEPT_DAYS):
        raise pay_error("range", "仅支持三个月内的账单下载申请", field="bill_date")
    return day


def _bend(state: State, call: Call, rows: list[dict], money: str, numbers: tuple[str, ...]) -> list[dict]:
    missing = state.faults.take("bill_missing_row", call.where)
    if missing:
        rows = rows[int(missing.args.get("n", 1)):]
    differs = state.faults.take("bill_amount_difference", call.where)
    if differs and rows:
        rows = [rows[0] | {money: rows[0][money] + int(differs.args.get("diff_fen", 1))}, *rows[1:]]
    if rows and state.faults.take("bill_extra_row", call.where):
        stranger = {numbers[0]: state.ids.transaction_id(state.now), numbers[1]: f"EXTRA{state.ids.digits(12)}"}
        rows = [*rows, rows[0] | stranger]
    return rows


def _offer(state: State, call: Call, rows: list[dict], render: Callable[[list[dict]], str]) -> dict:
    if not rows:
        raise pay_error("no_statement")
    plain = render(rows).encode()
    packed = gzip.compress(plain) if _choice(call, "tar_type", ("", "GZIP")) else plain
    token = state.ids.word(32)
    state.bills[token] = (call.mchid, packed)
    for old in list(state.bills)[:-_FILES]:
        state.bills.pop(old, None)
    digest = hashlib.sha1(plain).hexdigest()
    if state.faults.take("bill_hash_mismatch", call.where):
        digest = digest[::-1]
    url = f"{request.host_url}v3/billdownload/file?token={token}"
    return {"hash_type": "SHA1", "hash_value": digest, "download_url": url}


def download(state: State, call: Call) -> Response:
    """``GET /v3/billdownload/file?token=``: signed by the caller, not signed on the way back."""
    mchid, packed = state.bills.get(call.query.get("token"), (None, b""))
    if mchid != call.mchid:
        raise pay_error("no_statement")
    return Response(packed, content_type="application/octet-stream")


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    mount(blueprint, state, "GET", "/v3/bill/tradebill", trade_bill)
    mount(blueprint, state, "GET", "/v3/bill/fundflowbill", flow_bill)
    mount(blueprint, state, "GET", "/v3/billdownload/file", download)
