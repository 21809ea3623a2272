"""A price plugin that fails makes the checkout answer 409, never a guessed price; browsing goes on."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.db import db
from tests.host.hostile import deeds, puppet
from tests.host.selling import failures, hostile, listed, ordered, quoted, sells

PLUGINS = (hostile("puppet"),)
EVIL = (
    deeds.raises, deeds.exits, deeds.poisons, deeds.swallows, deeds.updates, deeds.adds, deeds.rolls_back, deeds.commits,
    deeds.mutates, lambda **_: {"not": ["an", "answer"]},
)

CLAIMING = (*(deed for deed in EVIL if deed is not deeds.updates), deeds.closes)


@pytest.fixture(autouse=True)
def told():
    puppet.deeds.clear()
    yield
    puppet.deeds.clear()


@pytest.mark.parametrize("deed", EVIL, ids=lambda deed: deed.__name__)
@pytest.mark.parametrize("hook", ["load_for_cart", "quote", "cart_problems"])
def test_failing_price_makes_the_quote_incomplete_and_the_checkout_409(on, switch, hook, deed):
    puppet.deeds[hook] = deed
    assert listed(on) == ["东北大米", "五花肉", "纯牛奶"]
    quote = quoted(on)
    assert (quote["payable_fen"], quote["complete"], quote["orderable"]) == (2560, False, False)
    answer = ordered(on)
    assert (answer.status_code, answer.json["code"]) == (409, "price_unconfirmed")
    assert failures(on) == [("puppet", f"hook:{hook}")]
    switch(on, "puppet", "off")
    sells(on)


@pytest.mark.parametrize("deed", CLAIMING, ids=lambda deed: deed.__name__)
def test_failing_claim_rolls_the_whole_order_back(on, switch, deed):
    puppet.deeds["claim_for_order"] = deed
    answer = ordered(on)
    assert (answer.status_code, answer.json["code"]) == (409, "claim_failed")
    with on.bound():
        assert db.session.execute(text("SELECT count(*) FROM orders")).scalar() == 0
        assert db.session.execute(text("SELECT sum(reserved) FROM stock")).scalar() == 0
        assert db.session.execute(text("SELECT count(*) FROM event")).scalar() == 0
    assert failures(on) == [("puppet", "hook:claim_for_order")]
    switch(on, "puppet", "off")
    sells(on)
