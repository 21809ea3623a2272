"""The notify engine: schedule on the virtual clock, attempts, log, manual mode (spec §4.8, §7.4)."""

from concurrent.futures import ThreadPoolExecutor

from simulator import sender
from simulator.drafts import draft
from simulator.errors import ControlError
from simulator.faults import Where
from simulator.models import Fault, Merchant, Notify, Order, Refund
from simulator.state import State

SCHEDULE = (0, 15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
_ATTEMPT_FAULTS = (
    "drop", "duplicate", "tamper_signature", "tamper_body", "old_timestamp", "future_timestamp", "wrong_serial",
    "unknown_pub_key_id", "missing_sigtype", "sigtest_probe", "bad_aes_tag", "wrong_apiv3_key", "amount_mismatch",
    "other_mchid", "slow_reader", "huge_body", "concurrent", "clock_skew", "switch_verify_mode",
)


def payment(state: State, order: Order, picture: dict) -> None:
    """Announce a paid trade. Only success is ever announced."""
    _announce(state, order, "TRANSACTION.SUCCESS", "transaction", order.notify_url, picture)


def refund(state: State, order: Order, row: Refund, resource: dict) -> None:
    """Announce how a refund ended; says nothing when it was asked for without notify_url."""
    if row.notify_url:
        _announce(state, order, f"REFUND.{row.status}", "refund", row.notify_url, resource, row.out_refund_no)


def _announce(state: State, order: Order, event: str, kind: str, url: str, resource: dict,
              out_refund_no: str | None = None) -> None:
    merchant = state.store.get(Merchant, order.mchid)
    if not merchant.apiv3_key:
        return
    where = state.where(order, url, event=event, out_refund_no=out_refund_no)
    late = state.faults.take("delay", where)
    held = kind == "transaction" and state.faults.take("reorder", where)
    row = Notify(
        id=state.ids.event_id(), event=event, kind=kind, mchid=order.mchid, mchids=sorted(order.mchids), url=url,
        resource=resource, nonce=state.ids.word(12), created=state.now,
        next_at=state.now + (float(late.args.get("seconds", 30)) if late else 0), out_trade_no=order.out_trade_no,
        transaction_id=order.transaction_id, out_refund_no=out_refund_no, state="held" if held else "pending",
    )
    state.store.save(row)
    if held:
        state.scheduler.at(state.now + float(held.args.get("max_seconds", 3600)), _release, state, row)
    else:
        schedule(state, row)


def schedule(state: State, row: Notify) -> None:
    """Queue the next attempt unless somebody sends by hand."""
    if row.state == "pending" and _mode(state, row) == "auto":
        state.scheduler.at(row.next_at, _due, state, row, row.tries)


def resume(state: State) -> None:
    """Queue everything that was pending: after a start, or when manual mode ends."""
    for row in state.store.all(Notify):
        if row.state == "held":
            state.scheduler.at(row.created + 3600, _release, state, row)
        schedule(state, row)


def set_mode(state: State, mode: str, mchid: str | None) -> None:
    """``auto`` or ``manual``, for all or for one merchant."""
    if mchid is None:
        state.configure(notify_mode=mode)
    else:
        _set_merchant_mode(state, mode, mchid)
    if mode == "auto":
        resume(state)


def _set_merchant_mode(state: State, mode: str, mchid: str) -> None:
    merchant = state.store.get(Merchant, mchid)
    if merchant is None:
        raise ControlError(404, "NO_MERCHANT", f"no merchant {mchid}")
    with state.store.change():
        merchant.notify_mode = mode
        state.store.save(merchant)


def _mode(state: State, row: Notify) -> str:
    modes = [state.store.get(Merchant, mchid).notify_mode for mchid in row.mchids]
    return next(filter(None, modes), state.settings["notify_mode"])


def _release(state: State, row: Notify) -> None:
    with state.store.change():
        if row.state != "held":
            return
        row.state, row.next_at = "pending", state.now
        state.store.save(row)
    schedule(state, row)


def _due(state: State, row: Notify, number: int) -> None:
    with state.store.lock:
        wanted = row.state == "pending" and row.tries == number and _mode(state, row) == "auto"
        if not wanted or row.id in state.sending:
            return
        state.sending.add(row.id)
    try:
        attempt(state, row)
    finally:
        state.sending.discard(row.id)


def attempt(state: State, row: Notify, extra: list[Fault] | None = None) -> list[dict]:
    """Send once, with whatever faults strike, log it and plan the next; returns the log of this attempt."""
    where = Where(frozenset(row.mchids), path=row.url, out_trade_no=row.out_trade_no,
                  out_refund_no=row.out_refund_no, event=row.event)
    faults = state.faults.take_all(_ATTEMPT_FAULTS, where) + (extra or [])
    log = _send(state, row, faults)
    with state.store.change():
        row.attempts = row.attempts + log
        row.tries += 1
        row.state = _next_state(row, log, faults)
        row.next_at += SCHEDULE[row.tries] if row.tries < len(SCHEDULE) else 0
        if state.store.get(Notify, row.id) is not row:
            return log
        state.store.save(row)
    schedule(state, row)
    if row.kind == "refund":
        _release_payment(state, row)
    return log


def _next_state(row: Notify, log: list[dict], faults: list[Fault]) -> str:
    if any(entry["status"] in (200, 204) and not entry["extra"] for entry in log) or row.state == "done":
        return "done"
    if any(fault.fault == "drop" and fault.args.get("all") for fault in faults):
        return "dropped"
    return "pending" if row.tries < len(SCHEDULE) else "failed"


def _release_payment(state: State, row: Notify) -> None:
    for other in state.store.all(Notify):
        if other.state == "held" and other.transaction_id == row.transaction_id:
            _release(state, other)


def _send(state: State, row: Notify, faults: list[Fault]) -> list[dict]:
    names = {fault.fault: fault for fault in faults}
    if "drop" in names:
        return [_entry(state, row.url, faults, {"status": None, "body": "", "error": "dropped", "ms": 0})]
    log = []
    if "other_mchid" in names:
        log += _to_another(state, row, names.pop("other_mchid"))
    if "sigtest_probe" in names:
        log += _deliver(state, row, [names.pop("sigtest_probe")], extra=True)
    return log + _deliver(state, row, list(names.values()))


def _deliver(state: State, row: Notify, faults: list[Fault], extra: bool = False) -> list[dict]:
    args = {fault.fault: fault.args for fault in faults}
    pause = float(args.get("slow_reader", {}).get("seconds", 3)) if "slow_reader" in args else 0.0

    def once(_: int) -> dict:
        body, headers = draft(state, row, faults).message()
        return _entry(state, row.url, faults, sender.post(row.url, body, headers, pause), extra)

    if "concurrent" in args:
        count = int(args["concurrent"].get("n", 2))
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(once, range(count)))
    return [once(number) for number in range(1 + _extra_copies(args))]


def _extra_copies(args: dict[str, dict]) -> int:
    return int(args["duplicate"].get("n", 1)) if "duplicate" in args else 0


def _to_another(state: State, row: Notify, fault: Fault) -> list[dict]:
    """The genuine message at another tenant's address; with ``reencrypt`` sealed with that tenant's key."""
    target = fault.args.get("mchid")
    url = fault.args.get("url") or _last_url(state, target)
    if not url:
        return []
    message = draft(state, row, [])
    if fault.args.get("reencrypt"):
        message.apiv3_key = state.store.get(Merchant, target).apiv3_key
    body, headers = message.message()
    return [_entry(state, url, [fault], sender.post(url, body, headers), True)]


def _last_url(state: State, mchid: str | None) -> str | None:
    urls = [order.notify_url for order in state.store.all(Order) if mchid in order.mchids]
    return urls[-1] if urls else None


def _entry(state: State, url: str, faults: list[Fault], outcome: dict, extra: bool = False) -> dict:
    return {"at": state.now, "url": url, "faults": [fault.fault for fault in faults], "extra": extra} | outcome
