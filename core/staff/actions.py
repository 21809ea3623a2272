"""What the audit log calls an act: the names of the core's actions for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

LABELS = {
    "orders.prepare": "开始备货",
    "orders.ready": "备货完成",
    "orders.ship": "发货",
    "orders.deliver": "确认送达",
    "orders.complete": "完成订单",
    "orders.pickup": "核销提货",
    "orders.remark": "订单备注",
    "orders.adjust": "改价",
    "orders.cancel": "取消订单",
    "orders.refund": "退款",
    "catalog.create": "新建商品",
    "catalog.edit": "编辑商品",
    "catalog.shelve": "上架或下架商品",
    "catalog.remove": "删除商品",
    "catalog.move": "移动商品分类",
    "catalog.prices": "批量改价",
    "catalog.picture.add": "添加商品图片",
    "catalog.picture.remove": "删除商品图片",
    "catalog.picture.arrange": "调整图片顺序",
    "catalog.category.create": "新建分类",
    "catalog.category.edit": "编辑分类",
    "catalog.category.remove": "删除分类",
    "catalog.category.arrange": "调整分类顺序",
    "catalog.brand.create": "新建品牌",
    "catalog.brand.edit": "编辑品牌",
    "catalog.brand.remove": "删除品牌",
    "products.sections": "编辑商品的插件内容",
    "stock.receive": "入库",
    "stock.count": "盘点",
    "stock.transfer": "调拨",
    "stock.low_at": "设置库存预警",
    "members.label.create": "新建会员标签",
    "members.label.change": "修改会员标签",
    "members.label.remove": "删除会员标签",
    "members.tag": "给会员打标签",
    "members.untag": "移除会员的标签",
    "members.note": "添加会员备注",
    "members.note.remove": "删除会员备注",
    "members.phone": "查看会员完整手机号",
    "members.export": "导出会员列表",
    "members.data": "导出会员的个人信息",
    "members.erase": "注销会员",
    "stores.create": "新建门店",
    "stores.change": "修改门店",
    "stores.remove": "删除门店",
    "settings.change": "修改店铺设置",
    "home.replace": "修改店铺首页",
    "posters.print": "打印海报",
    "payments.app": "设置小程序",
    "payments.profile": "设置收款账户",
    "payments.check": "检测微信密钥",
    "payments.retry": "重新查询支付结果",
    "refunds.retry": "重试退款",
    "refunds.settle": "人工处理退款",
    "bills.fetch": "下载对账单",
    "bills.resolve": "处理对账差异",
    "apikeys.create": "新建 API 密钥",
    "apikeys.revoke": "吊销 API 密钥",
    "staff.login": "登录后台",
    "staff.create": "新建员工账号",
    "staff.change": "修改员工账号",
    "staff.password": "修改自己的密码",
    "staff.password_link": "生成重设密码的链接",
    "staff.password_link.withdraw": "撤回重设密码的链接",
    "staff.password_reset": "用链接重设密码",
    "staff.name": "修改自己的姓名",
    "staff.locked": "多次输错，账号锁定",
    "staff.unlock": "解除账号锁定",
    "staff.invite": "邀请员工",
    "staff.invite.resend": "重新发送邀请",
    "staff.invite.revoke": "撤回邀请",
    "staff.invite.accept": "接受邀请",
    "staff.session.end": "退出一处登录",
    "staff.session.end_others": "退出其他登录",
    "staff.session.end_all": "让员工退出全部登录",
    "staff.two_factor.enrol": "开始绑定验证器",
    "staff.two_factor.on": "开启两步验证",
    "staff.two_factor.off": "关闭两步验证",
    "staff.two_factor.codes": "更换恢复码",
    "staff.two_factor.recovery": "使用恢复码登录",
    "staff.two_factor.reset": "重置员工的两步验证",
    "plugins.enable": "启用插件",
    "plugins.enable_failed": "启用插件失败",
    "plugins.closing": "开始停用插件",
    "plugins.disable": "停用插件",
    "plugins.settings": "修改插件设置",
    "plugins.purge": "清除插件数据",
    "plugins.export": "导出插件数据",
    "plugins.failures_cleared": "清除插件故障记录",
    "deliveries.retry": "重试事件投递",
    "deliveries.skip": "跳过事件投递",
    "support.enter": "平台人员进入店铺",
    "support.leave": "平台人员离开店铺",
}
"""One group of actions (by their first word) after the other, as the filter of the log shows them."""

_GROUPS = {
    "orders": "订单",
    "catalog": "商品",
    "products": "商品插件内容",
    "stock": "库存",
    "members": "会员",
    "stores": "门店",
    "settings": "店铺设置",
    "home": "店铺首页",
    "posters": "海报",
    "payments": "收款",
    "refunds": "退款",
    "bills": "对账",
    "apikeys": "开放接口",
    "staff": "员工",
    "plugins": "插件",
    "deliveries": "事件投递",
    "support": "平台支持",
}


@dataclass(frozen=True, slots=True)
class ActionGroup:
    """`prefix` (`orders.`) filters for all of its `actions`."""

    prefix: str
    label: str
    actions: tuple[str, ...]


def label(action: str, words: Mapping[str, str]) -> str:
    """What to call `action`, which may be a plugin's with these `words`; what nobody calls anything stands for itself."""
    return LABELS.get(action) or words.get(action, action)


def groups() -> list[ActionGroup]:
    """The core's actions for a filter, group by group."""
    return [
        ActionGroup(f"{word}.", _GROUPS[word], tuple(actions))
        for word, actions in groupby(LABELS, key=lambda action: action.partition(".")[0])
    ]
