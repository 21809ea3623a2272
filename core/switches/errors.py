from __future__ import annotations

from core.errors import AppError, Conflict, Forbidden, Invalid, NotFound


class PluginNotFound(NotFound):
    """Not installed, and the shop has nothing of it."""

    code = "plugin_not_found"
    message = "没有找到这个插件"


class PluginUnfit(Conflict):
    """Installed, but refused when the server started; `faults` says why."""

    code = "plugin_unfit"
    message = "插件未通过检查，不能使用"


class PluginMissing(Conflict):
    """The package is gone; what the shop has of it stays."""

    code = "plugin_missing"
    message = "插件包未安装，数据保留不动"


class PluginNotInPlan(Forbidden):
    """The operator's list for the shop's plan does not have it."""

    code = "plugin_not_in_plan"
    message = "当前套餐不含这个插件"


class PluginRequires(Conflict):
    """`plugins` have to be on first."""

    code = "plugin_requires"
    message = "请先启用它依赖的插件"


class PluginConflicts(Conflict):
    """`plugins` have to be off first."""

    code = "plugin_conflicts"
    message = "与已启用的插件冲突"


class PluginNeeded(Conflict):
    """`plugins` that are on depend on it."""

    code = "plugin_needed"
    message = "其他已启用的插件依赖它"


class PluginSettingsNeeded(Conflict):
    """Settings without a default are still to be filled in; `errors` lists them."""

    code = "plugin_settings_needed"
    message = "请先完成插件设置"


class EnableFailed(Conflict):
    """It stays off and nothing of the attempt is left; `place` and `reason` say what failed."""

    code = "plugin_enable_failed"
    message = "插件未能启用"


class PluginNotOff(Conflict):
    """Only what is off can be purged."""

    code = "plugin_not_off"
    message = "请先停用插件"


class NameMismatch(Invalid):
    """The name that was typed is not the plugin's."""

    code = "plugin_name_mismatch"
    message = "输入的名称与插件名称不一致"


class PluginFailed(AppError):
    """Code of the plugin raised where nothing can be left out; it is reported."""

    code = "plugin_failed"
    status = 500
    message = "插件出错，暂时无法完成此操作"
