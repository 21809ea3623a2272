"""Whatever a reading hook does, the caller's transaction goes on, and the merchant is told."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.host.pace import Pace
from core.host.policies import POLICIES, Kind, Sql
from core.host.registry import host
from core.plugin import Cart, CartLine, Lane, OrderRef, ProductRef, Slot
from core.plugin import shop as ports
from core.settings.models import ShopSetting
from tests.host.hostile import deeds, puppet
from tests.host.selling import failures, hostile, sells

PLUGINS = (hostile("puppet"),)
READING = sorted(hook for hook, policy in POLICIES.items() if policy.kind is not Kind.WRITE)

EVIL = (
    deeds.raises, deeds.raises_ugly, deeds.exits, deeds.poisons, deeds.swallows, deeds.inserts, deeds.updates, deeds.adds,
    deeds.flushes, deeds.autoflushes, deeds.commits, deeds.rolls_back, deeds.closes, deeds.leaves_savepoint,
    deeds.hides_savepoint, deeds.changes_settings, deeds.mutates,
)


@pytest.fixture(autouse=True)
def told(app, monkeypatch):
    puppet.deeds.clear()
    puppet.asked.clear()
    monkeypatch.setattr(app.extensions["jishi.plugins"].bus, "pace", Pace())
    yield
    puppet.deeds.clear()


def arguments(shop, hook):
    """What the core would pass."""
    line = CartLine(1, shop.skus["MILK"], 1, 2, 1280, 2560, 2560)
    cart = Cart((line,), shop.store_id, "pickup", shop.buyer_id)
    more = {
        "product_offers": {"products": (ProductRef(1, "纯牛奶", None, 1280),)},
        "load_for_cart": {"cart": cart},
        "quote": {"cart": cart, "lane": Lane.COUPON, "terms": ("terms",)},
        "cart_problems": {"cart": cart},
        "order_panels": {"orders": (OrderRef(1, "1", "paid", None, 1, 100),)},
        "storefront_blocks": {"slot": Slot("home.feed")},
        "storefront_page": {"page": "start", "params": {"a": "1"}},
        "table_columns": {"table": "orders", "ids": (1, 2)},
        "product_form_sections": {"product_ids": (1, 2)},
        "closing_blockers": {"session": db.session},
        "buyer_data": {"session": db.session, "buyer_id": shop.buyer_id},
    }
    return {"ctx": shop.context(), **more.get(hook, {})}


def ask(shop, hook):
    return host().bus.read(host().speaking(hook), hook, **arguments(shop, hook))


def setting(name):
    return ShopSetting(name=name, value="1", updated_at=now())


def transaction():
    query = "SELECT current_setting('search_path'), current_setting('statement_timeout'), pg_current_xact_id()::text"
    return tuple(db.session.execute(text(f"{query}, current_setting('transaction_read_only')")).one())


@pytest.mark.parametrize("deed", EVIL, ids=lambda deed: deed.__name__)
def test_every_reading_hook_is_contained(on, deed):
    with on.bound():
        db.session.add(setting("before"))
        db.session.flush()
        found = transaction()
        for hook in READING:
            puppet.deeds[hook] = deed
            db.session.add(setting(f"unflushed {hook}"))
            [answer] = ask(on, hook)
            assert (answer.plugin, answer.value) == ("puppet", None)
            assert answer.error is not None
            assert transaction() == found
        db.session.commit()
        names = db.session.execute(text("SELECT name FROM shop_setting ORDER BY name")).scalars().all()
        assert set(names) >= {"before", *(f"unflushed {hook}" for hook in READING)}
        assert "evil" not in names
        assert db.session.execute(text("SELECT min(list_price_fen) FROM sku")).scalar() == 1280
    assert failures(on) == [("puppet", f"hook:{hook}") for hook in READING]
    puppet.deeds.clear()
    sells(on)


def test_settings_changed_by_a_function_are_undone(on):
    with on.bound():
        found = transaction()
        for hook in READING:
            puppet.deeds[hook] = deeds.changes_settings_by_function
            ask(on, hook)
            assert transaction() == found


def test_slow_statement_is_cut_off(on):
    puppet.deeds["dashboard_cards"] = deeds.sleeps_in_sql
    with on.bound():
        [answer] = ask(on, "dashboard_cards")
        assert "statement timeout" in str(answer.error)
        assert db.session.execute(text("SELECT 1")).scalar() == 1
    assert failures(on) == [("puppet", "hook:dashboard_cards"), ("puppet", "slow:dashboard_cards")]


def test_slow_display_hook_gets_a_rest(on):
    host_of(on).bus.pace = Pace(slow=0.01, strikes=3, rest=60)
    puppet.deeds |= {"dashboard_cards": deeds.sleeps, "load_for_cart": deeds.sleeps}
    with on.bound():
        errors = [ask(on, "dashboard_cards")[0].error for _ in range(4)]
        assert [type(error).__name__ for error in errors] == ["NoneType", "NoneType", "NoneType", "Resting"]
        assert [ask(on, "load_for_cart")[0].error for _ in range(4)] == [None] * 4
    assert puppet.asked == ["dashboard_cards"] * 3 + ["load_for_cart"] * 4
    assert failures(on) == [("puppet", "slow:dashboard_cards"), ("puppet", "slow:load_for_cart")]


def test_quick_run_in_between_forgives_slow_ones(on):
    host_of(on).bus.pace = Pace(slow=0.01, strikes=2, rest=60)
    with on.bound():
        for deed in (deeds.sleeps, lambda **_: [], deeds.sleeps, lambda **_: []):
            puppet.deeds["dashboard_cards"] = deed
            assert ask(on, "dashboard_cards")[0].error is None


def host_of(shop):
    return shop.app.extensions["jishi.plugins"]


def test_bad_answer_is_a_failure_of_who_gave_it(on):
    def check(value):
        if value is not None:
            raise TypeError("expected nothing")

    puppet.deeds["dashboard_cards"] = lambda **_: object()
    with on.bound():
        [answer] = host().bus.read(host().on(), "dashboard_cards", check=check, ctx=on.context())
        assert str(answer.error) == "expected nothing"
    assert failures(on) == [("puppet", "hook:dashboard_cards")]


def test_hook_that_runs_no_statement_costs_none(on):
    with on.bound():
        sent = []
        db.session.execute(text("SELECT 1"))
        driver = db.session.connection().connection.driver_connection
        driver.send_script = lambda commands: sent.append(commands)
        for hook in READING:
            ask(on, hook)
        del driver.send_script
    assert sent == []


def test_reading_hook_reads(on):
    puppet.deeds["dashboard_cards"] = lambda **_: deeds.session.execute(text("SELECT count(*) FROM sku")).scalar()
    with on.bound():
        [answer] = ask(on, "dashboard_cards")
        assert (answer.value, answer.error) == (3, None)
    assert failures(on) == []


def test_every_hook_has_a_policy():
    from core.plugin import hookspecs

    specs = {name for name, value in vars(hookspecs).items() if hasattr(value, "jishi_spec")}
    assert set(POLICIES) == specs
    assert {hook for hook, policy in POLICIES.items() if policy.sql is Sql.WRITE} == {
        hook for hook, policy in POLICIES.items() if policy.kind is Kind.WRITE
    }


def test_quote_that_asks_for_settings_fails_also_when_they_are_at_hand(on):
    asks = {"load_for_cart": lambda **_: dict(ports().settings("puppet")), "quote": lambda **_: ports().settings("puppet")}
    puppet.deeds.update(asks)
    with on.bound():
        [read], [priced] = ask(on, "load_for_cart"), ask(on, "quote")
        assert read.value == {"length": 3}
        assert type(priced.error).__name__ == "SqlRefused"
    assert failures(on) == [("puppet", "hook:quote")]


def test_commit_right_after_a_hook_that_read_keeps_what_the_caller_wrote(on):
    puppet.deeds["dashboard_cards"] = lambda **_: db.session.execute(text("SELECT 1")).scalar() and None
    with on.bound():
        for name in ("first", "second"):
            db.session.add(setting(name))
            db.session.flush()
            ask(on, "dashboard_cards")
            db.session.commit()
        names = set(db.session.execute(text("SELECT name FROM shop_setting")).scalars())
    assert names >= {"first", "second"}
