"""Plugins whose blueprints reach for the whole app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

from tests.host.hostile.misfits import good


def _recording(name: str, deed: Callable[[BlueprintSetupState], Any]) -> Any:
    blueprint = Blueprint(f"{name}_store", __name__)
    blueprint.record(deed)
    return good(name, storefront=blueprint)


def _using(name: str, deed: Callable[[Blueprint], Any]) -> Any:
    blueprint = Blueprint(f"{name}_store", __name__)
    deed(blueprint)
    return good(name, storefront=blueprint)


def _pass(*_: Any) -> None:
    """Does nothing, everywhere."""


class Everything(BaseConverter):
    regex = ".*"


def _explode(state: BlueprintSetupState) -> None:
    raise RuntimeError("broken while mounting")


def _exit(state: BlueprintSetupState) -> None:
    raise SystemExit(3)


def _sneak(state: BlueprintSetupState) -> None:
    """Behaves in a rehearsal."""
    state.add_url_rule("/sneaky", "sneaky", lambda: "in")
    if any(rule.rule == "/metrics" for rule in state.app.url_map.iter_rules()):
        state.app.add_url_rule("/sneaked", "sneaked", _pass)


stray_rule = _recording("strayrule", lambda state: state.app.add_url_rule("/everything/<path:x>", "everything", _pass))
stray_rule_inside = _recording(
    "strayinside",
    lambda state: state.app.add_url_rule("/store/api/v1/plugins/strayinside/x", "inside", _pass),
)
takes_a_view = _recording("takesaview", lambda state: state.app.view_functions.update(healthz=_pass))
app_config = _recording("appconfig", lambda state: state.app.config.update(MAX_CONTENT_LENGTH=None))
app_extension = _recording("appextension", lambda state: state.app.extensions.update({"jishi": None}))
app_wsgi = _recording("appwsgi", lambda state: setattr(state.app, "wsgi_app", _pass))
app_command = _recording("appcommand", lambda state: state.app.cli.command("own")(_pass))
app_converter = _recording("appconverter", lambda state: state.app.url_map.converters.update(id=Everything))
app_teardown = _recording("appteardown", lambda state: state.app.teardown_appcontext(_pass))
app_before = _using("appbefore", lambda blueprint: blueprint.before_app_request(_pass))
app_after = _using("appafter", lambda blueprint: blueprint.after_app_request(lambda response: response))
app_gone = _using("appgone", lambda blueprint: blueprint.teardown_app_request(_pass))
app_errors = _using("apperrors", lambda blueprint: blueprint.app_errorhandler(404)(_pass))
app_filter = _using("appfilter", lambda blueprint: blueprint.app_template_filter("fen")(_pass))
app_global = _using("appglobal", lambda blueprint: blueprint.app_template_global("shop")(_pass))
app_context = _using("appcontext", lambda blueprint: blueprint.app_context_processor(dict))
app_values = _using("appvalues", lambda blueprint: blueprint.app_url_value_preprocessor(_pass))
app_defaults = _using("appdefaults", lambda blueprint: blueprint.app_url_defaults(_pass))
sneaks = _recording("sneaks", _sneak)
explodes = _recording("explodes", _explode)
leaves = _recording("leaves", _exit)

ALL = {
    plugin.name: attribute
    for attribute, plugin in list(globals().items())
    if getattr(plugin, "storefront", None) is not None
}
