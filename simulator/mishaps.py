"""What the API fault groups do: before the commit, after it, and to the answer (spec §7.5)."""

import time
from collections.abc import Callable
from functools import partial

from flask import Response

from simulator.errors import PayError, pay_error
from simulator.faults import names_of
from simulator.models import Fault
from simulator.server import Hangup
from simulator.state import State

_HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Instead(Exception):
    """Answer with this response and nothing else."""

    def __init__(self, response: Response):
        super().__init__(response.status)
        self.response = response


def before_commit(state: State, call) -> None:
    """Strike before anything is changed."""
    for fault in state.faults.take_all(names_of("before_commit"), call.where):
        _BEFORE[fault.fault](fault)


def after_commit(state: State, call) -> None:
    """Strike when the change stands but the answer has not gone out."""
    for fault in state.faults.take_all(names_of("after_commit"), call.where):
        _AFTER[fault.fault](fault)


def _error(fault: Fault) -> None:
    args = fault.args
    code = args.get("code", "SYSTEM_ERROR")
    raise PayError(args.get("status", 500), code, args.get("message", code), args.get("numeric", 0))


def _frequency(fault: Fault) -> None:
    raise pay_error("frequency")


def _system(fault: Fault) -> None:
    raise pay_error("system")


def _bad_gateway(fault: Fault) -> None:
    raise Instead(Response(_HTML, 502, content_type="text/html"))


def _reset(fault: Fault) -> None:
    raise Hangup


def _hang(fault: Fault) -> None:
    time.sleep(_seconds(fault))
    raise Hangup


def _linger(fault: Fault) -> None:
    time.sleep(_seconds(fault))


def _seconds(fault: Fault) -> float:
    return float(fault.args.get("seconds", 30))


_BEFORE = {
    "error": _error,
    "429": _frequency,
    "500": _system,
    "502": _bad_gateway,
    "connection_reset": _reset,
    "hang": _hang,
}
_AFTER = {"hang_after_commit": _linger, "reset_after_commit": _reset, "500_after_commit": _system}


def spoil(state: State, call, body: bytes) -> tuple[bytes, list[Callable[[Response], None]]]:
    """The body to sign, and what to do to the signed answer. ``truncated_json`` is signed as cut."""
    faults = state.faults.take_all(names_of("response"), call.where)
    if any(fault.fault == "truncated_json" for fault in faults):
        body = body[: len(body) // 2]
    return body, [partial(_SPOIL[fault.fault], fault) for fault in faults if fault.fault in _SPOIL]


def _tamper(fault: Fault, response: Response) -> None:
    response.headers["Wechatpay-Signature"] = flip(response.headers["Wechatpay-Signature"])


def _probe(fault: Fault, response: Response) -> None:
    response.headers["Wechatpay-Signature"] = probe(response.headers["Wechatpay-Signature"])


def _bare(fault: Fault, response: Response) -> None:
    for name in ("Timestamp", "Nonce", "Signature", "Serial", "Signature-Type"):
        del response.headers[f"Wechatpay-{name}"]


def _charset(fault: Fault, response: Response) -> None:
    response.headers["Content-Type"] = f"application/json; charset={fault.args.get('charset', 'gbk')}"


_SPOIL = {
    "tamper_response_signature": _tamper,
    "sigtest_response": _probe,
    "missing_sig_headers": _bare,
    "wrong_charset": _charset,
}


def flip(signature: str) -> str:
    """The same signature with its first character changed."""
    return ("B" if signature[0] == "A" else "A") + signature[1:]


def probe(signature: str) -> str:
    """The form of WeChat's signature probe (spec §4.2)."""
    return "WECHATPAY/SIGNTEST/" + signature[19:]
