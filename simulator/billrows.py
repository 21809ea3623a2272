"""Rows of the trade bill and the fund-flow bill of one Shanghai day, and the files made of them (spec §4.10)."""

from datetime import date

from simulator import trades
from simulator.clock import shanghai
from simulator.models import Merchant, Order, Refund
from simulator.state import State

_HEAD = ("交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识", "交易类型",
         "交易状态", "付款银行", "货币种类", "应结订单金额", "代金券金额")
_REFUND = ("微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态")
_TAIL = ("商品名称", "商户数据包", "手续费", "费率", "订单金额")
COLUMNS = {
    "ALL": (*_HEAD, *_REFUND, *_TAIL, "申请退款金额", "费率备注"),
    "SUCCESS": (*_HEAD, *_TAIL, "费率备注"),
    "REFUND": (*_HEAD, "退款申请时间", "退款成功时间", *_REFUND, *_TAIL, "申请退款金额", "费率备注"),
}
FLOW_COLUMNS = ("记账时间", "微信支付业务单号", "资金流水单号", "业务名称", "业务类型", "收支类型", "收支金额(元)",
                "账户结余(元)", "资金变更提交申请人", "备注", "业务凭证号")
_SUMMED = {"应结订单总金额": "应结订单金额", "退款总金额": "退款金额", "充值券退款总金额": "充值券退款金额",
           "手续费总金额": "手续费", "订单总金额": "订单金额", "申请退款总金额": "申请退款金额"}
MONEY = {*_SUMMED.values(), "代金券金额"}


def yuan(fen: int) -> str:
    """``-1.05`` for -105 fen."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def on(day: date, at: float | None) -> bool:
    """Whether an instant falls on that Shanghai day."""
    return at is not None and shanghai(at).date() == day


def _stamp(at: float | None) -> str:
    return "" if at is None else f"{shanghai(at):%Y-%m-%d %H:%M:%S}"


def trade_rows(state: State, mchid: str, sub_mchid: str | None, day: date) -> list[dict]:
    """Payments, then refunds, of a signer on a day; money columns are fen."""
    orders = [o for o in state.store.all(Order) if o.mchid == mchid and sub_mchid in (None, o.sub_mchid)]
    by_number = {order.out_trade_no: order for order in orders}
    paid = [_payment(state, order) for order in orders if on(day, order.paid_at)]
    refunds = [row for row in state.store.all(Refund) if row.mchid == mchid and row.out_trade_no in by_number]
    return paid + [
        _refund(state, by_number[row.out_trade_no], row)
        for row in refunds if on(day, row.created) and row.status != "CLOSED"
    ]


def _common(state: State, order: Order) -> dict:
    payee = state.store.get(Merchant, order.sub_mchid or order.mchid)
    return {
        "公众账号ID": order.appid, "商户号": order.mchid, "特约商户号": order.sub_mchid or "0",
        "设备号": order.body.get("scene_info", {}).get("device_id", ""), "微信订单号": order.transaction_id,
        "商户订单号": order.out_trade_no, "用户标识": order.payer_openid, "交易类型": "JSAPI", "付款银行": "OTHERS",
        "货币种类": "CNY", "商品名称": order.body["description"], "商户数据包": order.body.get("attach", ""),
        "费率": f"{payee.fee_rate_bp / 100:.2f}%", "费率备注": "",
    }


def _payment(state: State, order: Order) -> dict:
    return _common(state, order) | {
        "交易时间": _stamp(order.paid_at), "交易状态": "SUCCESS", "应结订单金额": order.total_fen,
        "代金券金额": order.coupon_fen, "微信退款单号": "0", "商户退款单号": "0", "退款金额": 0, "充值券退款金额": 0,
        "退款类型": "", "退款状态": "", "手续费": order.fee_fen, "订单金额": order.total_fen, "申请退款金额": 0,
    }


def _refund(state: State, order: Order, row: Refund) -> dict:
    return _common(state, order) | {
        "交易时间": _stamp(row.created), "交易状态": "REFUND", "应结订单金额": 0, "代金券金额": 0,
        "退款申请时间": _stamp(row.created), "退款成功时间": _stamp(row.success_at), "微信退款单号": row.refund_id,
        "商户退款单号": row.out_refund_no, "退款金额": row.refund_fen,
        "充值券退款金额": row.refund_fen - row.payer_refund_fen, "退款类型": "ORIGINAL", "退款状态": row.status,
        "手续费": -row.fee_fen, "订单金额": 0, "申请退款金额": row.refund_fen,
    }


def flow_rows(state: State, mchid: str, day: date) -> list[dict]:
    """Money in and out of a direct merchant's own account; ``收支金额(元)`` and ``账户结余(元)`` are fen."""
    rows, balance = [], 0
    for at, name, number, note, fen, voucher in sorted(_moves(state, mchid)):
        balance += fen
        if on(day, at):
            rows.append(_flow(at, name, number, note, fen, voucher, balance))
    return rows


def _moves(state: State, mchid: str):
    for order in state.store.all(Order):
        if order.mchid == mchid and not order.sub_mchid and order.state in trades.PAID:
            yield order.paid_at, "交易", order.transaction_id, "", order.total_fen, order.out_trade_no
            yield order.paid_at, "扣除交易手续费", order.transaction_id, "", -order.fee_fen, order.out_trade_no
    for row in state.store.all(Refund):
        if row.mchid == mchid and row.status == "SUCCESS" and "sub_mchid" not in row.body:
            note = f"退款总金额{yuan(row.refund_fen)}元;含手续费{yuan(row.fee_fen)}元"
            yield row.success_at, "退款", row.refund_id, note, row.fee_fen - row.refund_fen, row.out_refund_no


def _flow(at: float, name: str, number: str, note: str, fen: int, voucher: str, balance: int) -> dict:
    values = (_stamp(at), number, number, name, name, "收入" if fen >= 0 else "支出", abs(fen), balance, "system",
              note, voucher)
    return dict(zip(FLOW_COLUMNS, values, strict=True))


def trade_text(rows: list[dict], bill_type: str) -> str:
    """The file: header, details, summary header, summary; fees carry five decimals."""
    lines = [",".join(COLUMNS[bill_type])]
    lines += [_line([_cell(name, row.get(name, "")) for name in COLUMNS[bill_type]]) for row in rows]
    sums = {title: sum(row[name] for row in rows) for title, name in _SUMMED.items()}
    lines.append(",".join(("总交易单数", *sums)))
    lines.append(_line([str(len(rows)), *(_cell(_SUMMED[title], fen) for title, fen in sums.items())]))
    return "\r\n".join(lines) + "\r\n"


def _cell(name: str, value) -> str:
    if name == "手续费":
        return f"{yuan(value)}000"
    return yuan(value) if name in MONEY else str(value).replace("\r", " ").replace("\n", " ")


def _line(values: list[str]) -> str:
    return ",".join(f"`{value}" for value in values)


def flow_text(rows: list[dict]) -> str:
    """The fund-flow file with its five-column summary."""
    money = {"收支金额(元)", "账户结余(元)"}
    lines = [",".join(FLOW_COLUMNS)]
    lines += [_line([yuan(v) if name in money else str(v) for name, v in row.items()]) for row in rows]
    lines.append("资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额")
    sides = [[row["收支金额(元)"] for row in rows if row["收支类型"] == side] for side in ("收入", "支出")]
    totals = [text for side in sides for text in (str(len(side)), yuan(sum(side)))]
    lines.append(_line([str(len(rows)), *totals]))
    return "\r\n".join(lines) + "\r\n"
