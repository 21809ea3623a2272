"""What an upload of shipping info must look like, with the errcode of every rule (spec §5.7)."""

import re

from simulator.clock import parse_rfc3339
from simulator.errors import WxError

_COMPANIES = {"SF", "ZTO", "YTO", "STO", "YD", "JD", "EMS", "YZPY", "JTSD", "DBL", "HTKY", "TTKD", "UC", "ZJS"}
_MASKED = r"\d{2,4}\*{2,}\d{2,4}|.*\d{4}"
_MOST = 15


def check_upload(body: dict) -> None:
    """Raise WxError for the first rule that is broken."""
    _order_key(body.get("order_key") or {})
    if body.get("logistics_type") not in (1, 2, 3, 4):
        raise WxError(10060005)
    _mode(body)
    _upload_time(body.get("upload_time", ""))
    if not (body.get("payer") or {}).get("openid"):
        raise WxError(268485226)
    for parcel in body["shipping_list"]:
        _parcel(body["logistics_type"], parcel)


def _order_key(key: dict) -> None:
    needed = {1: ("mchid", "out_trade_no"), 2: ("transaction_id",)}.get(key.get("order_number_type"))
    if not key:
        raise WxError(268485194)
    if needed is None or any(not key.get(name) for name in needed):
        raise WxError(268485195)


def _mode(body: dict) -> None:
    mode, parcels = body.get("delivery_mode"), body.get("shipping_list") or []
    if mode not in (1, 2):
        raise WxError(268485224)
    if mode == 2 and body["logistics_type"] != 1:
        raise WxError(10060006)
    if mode == 2 and "is_all_delivered" not in body:
        raise WxError(10060007)
    if not 1 <= len(parcels) <= (1 if mode == 1 else _MOST):
        raise WxError(10060024)


def _upload_time(text: str) -> None:
    if not re.search(r"\.\d{1,6}", text):
        raise WxError(268485216)
    try:
        parse_rfc3339(text)
    except ValueError as error:
        raise WxError(268485216) from error


def _parcel(logistics_type: int, parcel: dict) -> None:
    if not parcel.get("item_desc"):
        raise WxError(10060008)
    if len(parcel["item_desc"]) > 120:
        raise WxError(10060009)
    if logistics_type == 1:
        _express(parcel)


def _express(parcel: dict) -> None:
    number, company = parcel.get("tracking_no", ""), parcel.get("express_company", "")
    if company not in _COMPANIES:
        raise WxError(10060019)
    if len(number) > 128:
        raise WxError(10060026)
    if not re.fullmatch(r"[0-9A-Za-z\-]+", number):
        raise WxError(10060020)
    contacts = [text for text in (parcel.get("contact") or {}).values() if "*" in text]
    if company == "SF" and not any(re.fullmatch(_MASKED, text) for text in contacts):
        raise WxError(10060014, "顺丰必须填写掩码后的联系方式")
