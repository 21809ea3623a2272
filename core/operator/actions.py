"""What the operators' log calls an act. Pure."""

from __future__ import annotations

LABELS = {
    "operator.login": "登录平台",
    "operator.logout": "退出平台",
    "operator.create": "新建运营账号",
    "operator.password": "重设运营账号的密码",
    "operator.own_password": "修改自己的密码",
    "operator.disable": "停用运营账号",
    "operator.enable": "恢复运营账号",
    "operator.totp": "启用动态验证码",
    "operator.totp_removed": "清除动态验证码",
    "tenant.suspend": "暂停商户",
    "tenant.reopen": "恢复商户",
    "tenant.close": "关闭商户",
    "tenant.plan": "更换商户套餐",
    "plan.create": "新建套餐",
    "plan.change": "修改套餐",
    "plan.delete": "删除套餐",
    "platform.contact": "修改联系方式",
    "job.requeue": "重试失败任务",
    "job.delete": "删除失败任务",
    "support.enter": "进店支持",
    "support.revoke": "结束进店支持",
}


def label(action: str) -> str:
    """What to call `action`."""
    return LABELS.get(action, action)
