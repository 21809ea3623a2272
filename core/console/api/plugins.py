"""Plugins (插件) of the shop: what there is, switching them, their settings and failures."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from core.console.auth import COMMON, current_staff, requires
from core.switches import service
from core.switches.schemas import (
    FailuresSchema,
    OnePluginSchema,
    PluginsSchema,
    PurgedSchema,
    PurgeSchema,
    SettingsChangeSchema,
    SettingsFormSchema,
)
from core.web.api import problems_documented

blp = Blueprint("console_plugins", __name__)

MANAGE = "plugins.manage"


@blp.route("/plugins")
@requires(MANAGE)
@blp.response(200, PluginsSchema)
@problems_documented(blp, *COMMON)
def list_plugins() -> dict[str, Any]:
    """Every plugin that is installed or that left data in the shop, by name."""
    return {"items": service.states()}


@blp.route("/plugins/<plugin>")
@requires(MANAGE)
@blp.response(200, OnePluginSchema)
@problems_documented(blp, *COMMON)
def read_plugin(plugin: str) -> dict[str, Any]:
    """One plugin, and what still keeps it while it is closing."""
    return service.state(plugin)


@blp.route("/plugins/<plugin>/enable", methods=["POST"])
@requires(MANAGE)
@blp.response(200, OnePluginSchema)
@problems_documented(blp, *COMMON, 409)
def enable_plugin(plugin: str) -> dict[str, Any]:
    """Switch on; a failure leaves it off and says why (`plugin_enable_failed`)."""
    current_staff().check_every_store()
    return service.enable(plugin)


@blp.route("/plugins/<plugin>/disable", methods=["POST"])
@requires(MANAGE)
@blp.response(200, OnePluginSchema)
@problems_documented(blp, *COMMON, 409)
def disable_plugin(plugin: str) -> dict[str, Any]:
    """Switch off; while something still has to end it is closing, and goes off by itself. Data stays."""
    current_staff().check_every_store()
    return service.disable(plugin)


@blp.route("/plugins/<plugin>/purge", methods=["POST"])
@requires(MANAGE)
@blp.arguments(PurgeSchema)
@blp.response(200, PurgedSchema)
@problems_documented(blp, *COMMON, 409)
def purge_plugin(data: dict[str, Any], plugin: str) -> dict[str, Any]:
    """Delete everything the shop has of a plugin that is off. There is no way back: export first."""
    current_staff().check_every_store()
    return {"tables": service.purge(plugin, data["name"])}


@blp.route("/plugins/<plugin>/settings")
@requires(MANAGE)
@blp.response(200, SettingsFormSchema)
@problems_documented(blp, *COMMON, 409)
def read_plugin_settings(plugin: str) -> dict[str, Any]:
    """The form with its present values."""
    return service.settings_form(plugin)


@blp.route("/plugins/<plugin>/settings", methods=["PUT"])
@requires(MANAGE)
@blp.arguments(SettingsChangeSchema)
@blp.response(200, SettingsFormSchema)
@problems_documented(blp, *COMMON, 409)
def change_plugin_settings(data: dict[str, Any], plugin: str) -> dict[str, Any]:
    """Store all settings anew, also while the plugin is off."""
    current_staff().check_every_store()
    return service.change_settings(plugin, data["values"])


@blp.route("/plugins/<plugin>/failures")
@requires(MANAGE)
@blp.response(200, FailuresSchema)
@problems_documented(blp, *COMMON)
def list_plugin_failures(plugin: str) -> dict[str, Any]:
    """Where it failed, since when and how often; the latest first."""
    return {"items": service.failures_of(plugin)}
