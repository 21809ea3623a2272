"""One plugin that does not fit stays out and says why; the shop and its other plugins run."""

from __future__ import annotations

import pytest

from core import create_app
from core.host.manifest_check import faults
from tests.host.hostile import misfits, trespassers
from tests.host.selling import failures, hostile, sells

MISFITS = {
    "broken": ("broken", "plugin", ["can't be imported: RuntimeError: broken import"]),
    "exiting": ("exiting", "plugin", ["can't be imported: SystemExit: 3"]),
    "absent": ("absent", "plugin", [
        "can't be imported: ModuleNotFoundError: No module named 'tests.host.hostile.absent'"]),
    "nothing": ("misfits", "nothing", [
        "can't be imported: AttributeError: module 'tests.host.hostile.misfits' has no attribute 'nothing'"]),
    "dictionary": ("misfits", "not_a_plugin", ["the entry point leads to a dict, not to a core.plugin.Plugin"]),
    "future": ("misfits", "future", ["needs API 0.99, this is 0.9"]),
    "othermajor": ("misfits", "other_major", ["needs API 1.0, this is 0.9"]),
    "another": ("misfits", "another_name", ["name 'somebodyelse' is not the entry point's, 'another'"]),
    "needy": ("misfits", "needy", ["requires nobody, which is not installed or unfit"]),
    "circlea": ("misfits", "circle_a", ["requires circleb, which is not installed or unfit"]),
    "circleb": ("misfits", "circle_b", ["requires circlea, which is not installed or unfit"]),
    "unknownhook": ("misfits", "unknown_hook", ["hook 'no_such_hook' does not exist"]),
    "unknownargument": ("misfits", "unknown_argument", [
        "hook 'quote' has no argument 'discount' (there are: ctx, cart, lane, terms)"]),
    "wrappers": ("misfits", "wrappers", [
        "hook 'cart_problems' is a wrapper: one plugin could silence another",
        "hook 'order_panels' is a wrapper: one plugin could silence another"]),
    "vague": ("misfits", "vague", [
        "console: the rule '/<path:anything>' has no fixed first part", "console: the rule '' has no fixed first part"]),
    "oddhooks": ("misfits", "odd_hooks", [
        "hook 'console_nav' goes by another name (specname)",
        "hook 'dashboard_cards' is a coroutine or generator, not a function"]),
}
TRESPASSES = {
    "strayrule": "adds a URL rule that is not its blueprint's: /everything/<path:x> (everything)",
    "strayinside": "adds a URL rule that is not its blueprint's: /store/api/v1/plugins/strayinside/x (inside)",
    "takesaview": "changes the whole app: views healthz",
    "appconfig": "changes the whole app: config MAX_CONTENT_LENGTH",
    "appextension": "changes the whole app: extensions jishi",
    "appwsgi": "changes the whole app: attributes wsgi_app",
    "appcommand": "changes the whole app: cli own",
    "appconverter": "changes the whole app: converters id",
    "appteardown": "changes the whole app: teardown_appcontext_funcs",
    "appbefore": "changes the whole app: before_request_funcs",
    "appafter": "changes the whole app: after_request_funcs",
    "appgone": "changes the whole app: teardown_request_funcs",
    "apperrors": "changes the whole app: error_handler_spec 404 NotFound",
    "appfilter": "changes the whole app: jinja filters fen",
    "appglobal": "changes the whole app: jinja globals shop",
    "appcontext": "changes the whole app: template_context_processors",
    "appvalues": "changes the whole app: url_value_preprocessors",
    "appdefaults": "changes the whole app: url_default_functions",
    "sneaks": "adds a URL rule that is not its blueprint's: /sneaked (sneaked)",
    "explodes": "can't be mounted: RuntimeError: broken while mounting",
    "leaves": "can't be mounted: SystemExit: 3",
}
PLUGINS = (
    *(hostile(name, attribute, module) for name, (module, attribute, _) in MISFITS.items()),
    *(hostile(name, trespassers.ALL[name], "trespassers") for name in TRESPASSES),
    hostile("twice", "future", "misfits"),
    hostile("twice", "other_major", "misfits"),
    hostile("quiet"),
)


def test_every_trespasser_is_tried():
    assert set(trespassers.ALL) == set(TRESPASSES)


@pytest.mark.parametrize("name", MISFITS)
def test_misfit_stays_out_and_says_why(app, name):
    plugins = app.extensions["jishi.plugins"]
    assert plugins.unfit[name].faults == tuple(MISFITS[name][2])
    assert name not in plugins.loaded


@pytest.mark.parametrize("name", TRESPASSES)
def test_trespasser_stays_out_and_says_why(app, name):
    [fault] = app.extensions["jishi.plugins"].unfit[name].faults
    assert fault.startswith(TRESPASSES[name])


def test_name_that_two_packages_offer_belongs_to_none(app):
    origins = "tests.host.hostile.misfits:future, tests.host.hostile.misfits:other_major"
    assert app.extensions["jishi.plugins"].unfit["twice"].faults == (f"is offered by more than one package: {origins}",)


def test_app_is_as_if_they_were_not_there_but_for_what_only_shows_on_the_real_one(app, config):
    plain = create_app(config, entry_points=())
    added = {rule.rule for rule in app.url_map.iter_rules()} - {rule.rule for rule in plain.url_map.iter_rules()}
    assert sorted(added - {"/sneaked"}) == [
        "/console/api/v1/plugins/quiet/hello",
        "/store/api/v1/plugins/quiet/hello",
        "/store/api/v1/plugins/quiet/things/<id:thing_id>",
        "/store/api/v1/plugins/sneaks/sneaky",
    ]
    assert list(app.extensions["jishi.plugins"].loaded) == ["quiet"]
    assert app.cli.commands.keys() == plain.cli.commands.keys()


def test_shop_that_has_them_on_sells(on):
    sells(on)
    with on.bound():
        plugins = on.app.extensions["jishi.plugins"]
        assert plugins.on() == {"quiet"}
        assert plugins.gone() == dict.fromkeys(sorted(plugins.unfit), "unfit")
    assert on.get("/store/api/v1/plugins/strayinside/x").status_code == 404
    assert on.get("/store/api/v1/plugins/sneaks/sneaky").status_code == 404
    assert failures(on) == []


def test_manifest_tells_every_fault_at_once():
    assert faults(misfits.many, "other") == [
        "name 'many' is not the entry point's, 'other'",
        "title is empty",
        "summary is empty",
        "version 'newest' is no version like '1.0.0'",
        "api 'one' is no version like '0.9'",
        "requires ('many', 'elsewhere', 'Ä') is no tuple of plugin names",
        "elsewhere is both required and in conflict",
        "settings: anything: has no label",
        "settings: anything: Dict is no type that a form can show",
        "settings_version 0 is no number from 1 on",
        "upgrade_settings does not take (data, from_version)",
        "audit_words: 'orders.cancel' is neither 'many.something' nor a word like 'prize'",
        "audit_words: 'many.act' has no word for people",
        "permission 'other.thing' should be called 'many.something'",
        "permission 'other.thing' should be called 'many.something'",
        "permission 'other.thing' appears twice",
        "permission 'other.thing' has no label",
        "permission 'other.thing' is for 'cashier', no role",
        "permission 'manage' is no Permission",
        "handlers: the handler of order.paid does not take (ctx, session, event)",
        "handlers: 'NotOurs' is no event",
        "handlers: 'Lane' is no event",
        "job 'fast' comes round every 5 seconds, at least 30 are needed",
        "job 'fast' appears twice",
        "job 'fast': run does not take (ctx, session)",
        "job 'Slow': a-z, 0-9 and _, a letter first",
        "core_ref to 'no_such_table', a table that the core does not have",
        "table 'loose' should be called 'many_something'",
        "loose.own_id refers to many_other.id without ondelete",
        "loose.product_id refers to product.id without ondelete",
        "Other.product is a relationship to the core's Product",
        "migrations: there is no folder migrations/versions",
        "hook 'cart_problems' is a wrapper: one plugin could silence another",
        "hook 'no_such_hook' does not exist",
        "hook 'quote' has no argument 'discount' (there are: ctx, cart, lane, terms)",
        "offers_while_closing: 'order_panels' makes no offers",
        "storefront: the blueprint 'elsewhere' should be called 'many_something'",
        "storefront: the blueprint has a url_prefix of its own, '/mine': the host gives it one",
        "console: the blueprint 'wrong_console' should be called 'many_something'",
        "console: has an error handler: raise Refused, or an error that the host answers",
        "console: has a url_value_preprocessor, which would run for shops that have it off",
        "console view wrong_console.guarded_view requires 'many.other', which is not in the manifest",
        "console view wrong_console.open_view has no @requires",
    ]
    assert faults(misfits.bad_name, "Some body") == ["name 'Some body': 3 to 30 characters a-z and 0-9, a letter first"]
