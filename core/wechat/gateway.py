"""`PayGateway`: WeChat Pay for one payment profile, typed and guarded (wechat.md §2.8, §2.9)."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

from core.clock import now
from core.wechat import bill, decode, keys, notify
from core.wechat.errors import Closed, Unknown, UnverifiedAnswer
from core.wechat.keys import require_sub_mchid
from core.wechat.outcome import raise_for_error
from core.wechat.sdk import Answer, Sdk
from core.wechat.types import (
    JsapiOrder,
    NotifyEvent,
    PayProfile,
    PrepayParams,
    Refund,
    RefundOrder,
    Trade,
    check_refund_no,
    check_trade_no,
    check_transaction_id,
    rfc3339,
)
from core.wechat.watch import Observe, ignore, watched

MAX_DESCRIPTION = 127
MAX_REASON = 80
CURRENCY = "CNY"

T = TypeVar("T")


class PayGateway:
    """One merchant's way to WeChat Pay. Immutable after construction and safe to share between threads.

    Every call may raise the errors of `core.wechat.errors`; a write may raise `Unknown`, after which the
    caller queries by the same number or repeats the identical call. Get instances from `PayGateways`.
    """

    def __init__(self, profile: PayProfile, observe: Observe = ignore) -> None:
        require_sub_mchid(profile)
        self.profile = profile
        self._observe = observe
        self._sdk = Sdk(profile)

    def create_jsapi(self, order: JsapiOrder) -> PrepayParams:
        """Place a mini-program order (§4.5); raises AlreadyPaid, Closed. Repeat only with an equal order."""
        body = _without_none(
            description=order.description[:MAX_DESCRIPTION],
            out_trade_no=order.out_trade_no,
            amount={"total": order.total_fen, "currency": CURRENCY},
            payer=self._payer(order.openid),
            notify_url=order.notify_url,
            time_expire=rfc3339(order.time_expire) if order.time_expire else None,
            attach=order.attach,
            goods_tag=order.goods_tag,
            scene_info={"payer_client_ip": order.payer_client_ip} if order.payer_client_ip else None,
            settle_info={"profit_sharing": True} if order.profit_sharing else None,
        )
        answer = self._call("create_jsapi", lambda: self._sdk.pay(**body, **self._sub_with_appid()))
        return self.pay_params(_decoded(answer, lambda data: data["prepay_id"]))

    def pay_params(self, prepay_id: str) -> PrepayParams:
        """Sign the arguments of wx.requestPayment (§2.4); a prepay_id lives two hours."""
        stamp, nonce = str(int(now().timestamp())), secrets.token_hex(16)
        package = f"prepay_id={prepay_id}"
        return PrepayParams(
            app_id=self.profile.payer_appid,
            time_stamp=stamp,
            nonce_str=nonce,
            package=package,
            sign_type="RSA",
            pay_sign=self._sdk.sign([self.profile.payer_appid, stamp, nonce, package]),
        )

    def query(self, out_trade_no: str) -> Trade:
        """The payment by our number (§4.6); raises NotFound. May lag some seconds behind the notify."""
        check_trade_no(out_trade_no)
        answer = self._call("query", lambda: self._sdk.query(out_trade_no=out_trade_no, **self._sub()))
        trade = _decoded(answer, lambda data: decode.trade(self.profile, data))
        return _matching(answer, trade, trade.out_trade_no == out_trade_no)

    def query_transaction(self, transaction_id: str) -> Trade:
        """The payment by WeChat's number, which exists once it is paid; raises NotFound."""
        check_transaction_id(transaction_id)
        answer = self._call("query", lambda: self._sdk.query(transaction_id=transaction_id, **self._sub()))
        trade = _decoded(answer, lambda data: decode.trade(self.profile, data))
        return _matching(answer, trade, trade.transaction_id == transaction_id)

    def close(self, out_trade_no: str) -> None:
        """Close an unpaid order (§4.7), also one that is closed. Raises AlreadyPaid: then query it."""
        check_trade_no(out_trade_no)
        try:
            self._call("close", lambda: self._sdk.close(out_trade_no, **self._sub()))
        except Closed:
            return

    def refund(self, order: RefundOrder) -> Refund:
        """Ask for a refund (§4.9); `status` says how far the accepted one is. Raises NotEnough, NotFound."""
        body = _without_none(
            out_refund_no=order.out_refund_no,
            amount={"refund": order.refund_fen, "total": order.total_fen, "currency": CURRENCY},
            transaction_id=order.transaction_id,
            out_trade_no=order.out_trade_no,
            reason=order.reason[:MAX_REASON] if order.reason else None,
            funds_account=order.funds_account,
            notify_url=order.notify_url,
        )
        answer = self._call("refund", lambda: self._sdk.refund(**body, **self._sub()))
        refund = _decoded(answer, decode.refund)
        return _matching(answer, refund, refund.out_refund_no == order.out_refund_no)

    def query_refund(self, out_refund_no: str) -> Refund:
        """A refund by our number; raises NotFound."""
        check_refund_no(out_refund_no)
        answer = self._call("query_refund", lambda: self._sdk.query_refund(out_refund_no, **self._sub()))
        refund = _decoded(answer, decode.refund)
        return _matching(answer, refund, refund.out_refund_no == out_refund_no)

    def parse_notify(self, headers: Mapping[str, str], raw_body: bytes) -> NotifyEvent:
        """Steps 2–6 of §4.8 on a callback's headers and untouched body; raises SignatureInvalid.

        Left to the caller: the unique row per `replay_key`, amount and currency, the transition.
        """
        with watched("wxpay", "notify", self._observe, mchid=self.profile.mchid):
            return notify.parse(self._sdk._core, self.profile, headers, raw_body)

    def trade_bill(self, day: date, bill_type: str = "ALL") -> bill.TradeBill:
        """All trades of a day, ready next morning about ten (§4.10); raises NotFound when it is not."""
        return bill.TradeBill(day, self.download_bill(self._bill_link(day, bill_type)))

    @contextmanager
    def trade_bill_file(self, day: date) -> Iterator[bill.BillFile]:
        """The same in a file that lives as long as the block: for bills of any length."""
        link = self._bill_link(day, "ALL")
        core = self._sdk._core
        with tempfile.TemporaryFile() as file:
            with (
                watched("wxpay", "download_bill", self._observe, mchid=self.profile.mchid),
                core.download(bill.path_of(link.url, core._gate_way)) as chunks,
            ):
                bill.unpack_into(chunks, link, file)
            yield bill.BillFile(day, file)

    def _bill_link(self, day: date, bill_type: str) -> bill.BillLink:
        answer = self._call(
            "trade_bill",
            lambda: self._sdk.trade_bill(day.isoformat(), bill_type=bill_type, **self._sub()),
        )
        return _decoded(answer, bill.link)

    def download_bill(self, link: bill.BillLink) -> str:
        """The text of a bill, unpacked and compared with the announced SHA-1; raises Retryable if it differs.

        Only the path of the link is used: the signed request never goes to another host.
        """
        path = bill.path_of(link.url, self._sdk._core._gate_way)
        answer = self._call("download_bill", lambda: self._sdk.download_bill(path))
        return bill.unpack(answer.body, link)

    def refresh_certificates(self) -> tuple[str, ...]:
        """Fetch platform certificates ahead of a rotation (certificate mode) and return those in force as PEM texts,
        the earliest end first; raises Retryable."""
        self._sdk._core.refresh_certificates()
        return keys.pems(self._sdk._core._certificates)

    def _call(self, operation: str, send: Callable[[], Answer]) -> Answer:
        with watched("wxpay", operation, self._observe, mchid=self.profile.mchid) as span:
            answer = send()
            span.status, span.request_id = answer.status, answer.request_id
            raise_for_error(answer)
            return answer

    def _payer(self, openid: str) -> dict[str, str]:
        if not self.profile.partner:
            return {"openid": openid}
        return {"sub_openid" if self.profile.sub_appid else "sp_openid": openid}

    def _sub(self) -> dict[str, str]:
        return {"sub_mchid": self.profile.sub_mchid} if self.profile.partner else {}

    def _sub_with_appid(self) -> dict[str, str]:
        return self._sub() | ({"sub_appid": self.profile.sub_appid} if self.profile.partner else {})


def _decoded(answer: Answer, read: Callable[[dict[str, Any]], T]) -> T:
    try:
        return read(answer.json())
    except (KeyError, TypeError, ValueError) as error:
        raise Unknown(wx_message=f"answer lacks {error}", request_id=answer.request_id) from error


def _matching(answer: Answer, result: T, matches: bool) -> T:
    if not matches:
        raise UnverifiedAnswer("mismatch", request_id=answer.request_id)
    return result


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
