"""Bodies of the order and close calls, field by field (spec §4.5, §4.7)."""

from simulator.schema import Flag, Many, Record, Text, Whole

_OUT_TRADE_NO = Text(6, 32, r"[0-9A-Za-z_\-|*]+", required=True)
_NOTIFY_URL = Text(8, 255, r"https?://[^?#\s]+", required=True)
_OPENID = Text(1, 128)
_GOODS = Record({
    "merchant_goods_id": Text(1, 32, required=True),
    "wechatpay_goods_id": Text(1, 32),
    "goods_name": Text(1, 256),
    "quantity": Whole(1, required=True),
    "unit_price": Whole(0, required=True),
})
_STORE = Record({
    "id": Text(1, 32, required=True),
    "name": Text(0, 256),
    "area_code": Text(0, 32),
    "address": Text(0, 512),
})
_COMMON = {
    "description": Text(1, 127, required=True),
    "out_trade_no": _OUT_TRADE_NO,
    "time_expire": Text(1, 64),
    "attach": Text(0, 128),
    "notify_url": _NOTIFY_URL,
    "goods_tag": Text(0, 32),
    "support_fapiao": Flag(),
    "amount": Record({"total": Whole(1, required=True), "currency": Text(choices=("CNY",))}, required=True),
    "detail": Record({
        "cost_price": Whole(0), "invoice_id": Text(0, 32), "goods_detail": Many(_GOODS, 1),
    }),
    "scene_info": Record({
        "payer_client_ip": Text(1, 45, required=True), "device_id": Text(0, 32), "store_info": _STORE,
    }),
    "settle_info": Record({"profit_sharing": Flag()}),
}
DIRECT = Record(_COMMON | {
    "appid": Text(1, 32, required=True),
    "mchid": Text(1, 32, required=True),
    "payer": Record({"openid": _OPENID}),
})
PARTNER = Record(_COMMON | {
    "sp_appid": Text(1, 32, required=True),
    "sp_mchid": Text(1, 32, required=True),
    "sub_mchid": Text(1, 32),
    "sub_appid": Text(1, 32),
    "payer": Record({"sp_openid": _OPENID, "sub_openid": _OPENID}),
})
CLOSE_DIRECT = Record({"mchid": Text(1, 32, required=True)})
CLOSE_PARTNER = Record({"sp_mchid": Text(1, 32, required=True), "sub_mchid": Text(1, 32, required=True)})
