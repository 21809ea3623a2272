"""Errors of pay v3 (status, code, numeric suffix; spec §4.4), of api.weixin (errcode; §5) and of the control API."""

_PAY = {
    "sign": (401, "SIGN_ERROR", 268443699, "错误的签名，验签失败"),
    "param": (400, "PARAM_ERROR", 268435461, "参数错误"),
    "range": (400, "PARAM_ERROR", 268435464, "参数超出取值范围"),
    "unknown_field": (400, "PARAM_ERROR", 270924358, "参数中含有非法的额外参数"),
    "openid_missing": (400, "PARAM_ERROR", 268501013, "JSAPI支付必须传openid"),
    "sub_mchid_missing": (400, "PARAM_ERROR", 268443704, "必须传sub_mchid"),
    "sub_is_sp": (400, "PARAM_ERROR", 268443705, "子商户号不能与自身相同"),
    "appid_mismatch": (400, "APPID_MCHID_NOT_MATCH", 268445527, "appid和mch_id不匹配"),
    "openid_mismatch": (500, "OPENID_MISMATCH", 268435461, "openid和appid不匹配"),
    "merchant_unusable": (403, "NO_AUTH", 268443715, "商户状态不可用"),
    "no_auth": (403, "NO_AUTH", 268448010, "商户无此接口权限"),
    "not_bound": (403, "NO_AUTH", 268443701, "受理关系不存在"),
    "wrong_merchant": (400, "INVALID_REQUEST", 268447843, "商户号和订单不匹配"),
    "wrong_sub_merchant": (400, "INVALID_REQUEST", 268447845, "子商户号和订单不匹配"),
    "changed": (400, "INVALID_REQUEST", 268498688, "请求重入时，参数与首次请求时不一致"),
    "paid": (400, "ORDERPAID", 268498689, "该订单已支付"),
    "close_paid": (400, "ORDERPAID", 268449538, "该订单已支付"),
    "closed": (400, "ORDER_CLOSED", 268447914, "该订单已失效，请重新下单"),
    "no_order": (404, "ORDER_NOT_EXIST", 268512771, "订单不存在"),
    "no_resource": (404, "RESOURCE_NOT_EXISTS", 268512771, "查询的资源不存在"),
    "not_paid": (400, "INVALID_REQUEST", 268435461, "订单未支付，不能退款"),
    "refund_amount": (400, "INVALID_REQUEST", 268435464, "退款金额大于订单可退金额"),
    "refund_total": (400, "INVALID_REQUEST", 268498688, "订单总金额与支付时不一致"),
    "refund_count": (400, "INVALID_REQUEST", 268435464, "单笔订单的退款次数超过50次"),
    "refund_late": (400, "INVALID_REQUEST", 268435464, "订单支付已超过一年，不能退款"),
    "not_enough": (403, "NOT_ENOUGH", 268435464, "基本账户余额不足，请充值后重新发起"),
    "frequency": (429, "FREQUENCY_LIMITED", 268447840, "频率超限，请稍后再试"),
    "no_statement": (400, "NO_STATEMENT_EXIST", 268435461, "账单文件不存在"),
    "system": (500, "SYSTEM_ERROR", 268435456, "系统异常，请使用相同参数稍后重试"),
}


class PayError(Exception):
    """An answer of pay v3 that is not 2xx."""

    def __init__(self, status: int, code: str, message: str, numeric: int = 0, detail: dict | None = None):
        super().__init__(f"{status} {code} {message}")
        self.status, self.code, self.message, self.numeric = status, code, message, numeric
        self.detail = detail

    @property
    def body(self) -> dict:
        body = {"code": self.code, "message": self.message}
        return body | {"detail": self.detail} if self.detail else body


def pay_error(name: str, message: str | None = None, **detail) -> PayError:
    """The named error of the table, with another text or a ``detail`` object when given."""
    status, code, numeric, text = _PAY[name]
    return PayError(status, code, message or text, numeric, detail or None)


_WX = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40037: "invalid template_id",
    40097: "invalid args",
    40125: "invalid appsecret",
    40163: "code been used",
    40164: "invalid ip, not in whitelist",
    40169: "invalid length for scene, or the data is not json string",
    40226: "code blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43101: "user refuse to accept the msg",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    10060001: "支付单不存在",
    10060002: "支付单已完成发货，无法继续发货",
    10060003: "支付单已使用重新发货机会",
    10060004: "支付单处于不可发货的状态",
    10060005: "物流类型有误",
    10060006: "非快递发货时不允许分拆发货",
    10060007: "分拆发货必须填写 is_all_delivered",
    10060008: "商品描述不能为空",
    10060009: "商品描述过长",
    10060012: "系统错误",
    10060014: "参数错误",
    10060019: "快递公司编码有误",
    10060020: "快递单号有误",
    10060023: "发货信息未更新",
    10060024: "物流信息列表长度有误",
    10060026: "快递单号过长",
    10060031: "支付单不属于该用户",
    268485194: "order_key 缺失",
    268485195: "order_number_type 有误",
    268485216: "upload_time 有误",
    268485224: "delivery_mode 有误",
    268485226: "payer 缺失",
}


class WxError(Exception):
    """An ``errcode`` of api.weixin; always HTTP 200."""

    def __init__(self, errcode: int, errmsg: str | None = None):
        super().__init__(f"{errcode} {errmsg}")
        self.errcode = errcode
        self.errmsg = errmsg or _WX.get(errcode, "error")


class ControlError(Exception):
    """A refusal of the control API."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
