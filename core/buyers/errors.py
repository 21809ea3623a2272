from __future__ import annotations

from core.errors import AppError, Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class ConsentRequired(Forbidden):
    """Nothing personal is stored before the buyer agrees; `version` and `text` are what to agree to."""

    code = "consent_required"
    message = "请先阅读并同意隐私政策"


class UnknownApp(NotFound):
    code = "unknown_app"
    message = "店铺尚未接入这个小程序"


class SessionExpired(Unauthenticated):
    code = "session_expired"
    message = "登录已过期，请重新登录"


class SessionNotFound(NotFound):
    code = "session_not_found"
    message = "没有找到这个登录设备"


class PhoneTaken(Conflict):
    """Another WeChat account of this shop is bound to the phone."""

    code = "phone_taken"
    message = "这个手机号已绑定其他微信账号"


class AddressNotFound(NotFound):
    code = "address_not_found"
    message = "没有找到这个收货地址"


class TooManyAddresses(Conflict):
    code = "too_many_addresses"
    message = "收货地址已达上限，请先删除不用的地址"


class CartFull(Conflict):
    code = "cart_full"
    message = "购物车已满，请先结算或移除部分商品"


class SkuNotFound(NotFound):
    code = "sku_not_found"
    message = "没有找到这个商品"


class NotWholeUnits(Invalid):
    code = "whole_units_only"
    message = "此商品只能按整数购买"


class OrdersOpen(Conflict):
    """Erasure waits until the buyer's orders are finished; `orders` lists their numbers."""

    code = "orders_open"
    message = "您还有未完成的订单，请在订单完成后再注销"


class PluginsFailed(AppError):
    """A plugin could not do its part with a buyer's data (`plugins` names it); the same again may work later."""

    code = "plugins_failed"
    status = 503
    message = "暂时无法处理，请稍后再试"


class CartEmpty(Invalid):
    code = "cart_empty"
    message = "请先选择商品"


class MemberNotFound(NotFound):
    code = "member_not_found"
    message = "没有找到这位会员，可能已注销"


class LabelNotFound(NotFound):
    code = "label_not_found"
    message = "没有找到这个标签，可能已被删除"


class LabelTaken(Conflict):
    code = "label_taken"
    message = "已有同名的标签"


class NoteNotFound(NotFound):
    code = "note_not_found"
    message = "没有找到这条备注，可能已被删除"
