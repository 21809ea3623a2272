"""Export, erasure and merging of a buyer, together with what plugins keep, on or off."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.buyers import phone
from core.buyers.errors import PluginsFailed
from core.db import db
from tests.core.console_http.acting import one
from tests.core.extensions import keeper
from tests.core.extensions.conftest import failures_of, switch
from tests.core.shops import make_buyer

EXPORT, PROFILE = "/store/api/v1/export", "/store/api/v1/profile"


def buyer_with_note(shop, note: str = "喜欢辣") -> tuple[int, str]:
    with shop.bound():
        buyer_id, token = make_buyer(shop)
        add = text("INSERT INTO keeper_note (buyer_id, text) VALUES (:buyer, :note)")
        db.session.execute(add, {"buyer": buyer_id, "note": note})
        db.session.commit()
    return buyer_id, token


def notes_of(shop, buyer_id: int) -> int:
    return one(shop, "SELECT count(*) FROM keeper_note WHERE buyer_id = :buyer", buyer=buyer_id)


@pytest.mark.parametrize("names", [(), ("keeper",)], ids=["off", "on"])
def test_export_has_what_plugins_keep(shop, other_shop, names):
    switch(shop, *names)
    _, token = buyer_with_note(shop)
    buyer_with_note(other_shop, "secret of another shop")
    assert shop.get(EXPORT, token=token).json["plugins"] == {"keeper": {"notes": ["喜欢辣"]}}


def test_export_that_would_leave_something_out_is_refused_and_can_be_asked_again(shop):
    _, token = buyer_with_note(shop)
    keeper.hooks.broken = True
    answer = shop.get(EXPORT, token=token)
    assert (answer.status_code, answer.json["code"], answer.json["plugins"]) == (503, "export_failed", ["keeper"])
    assert "hook:buyer_data" in failures_of(shop, "keeper")
    keeper.hooks.broken = False
    assert shop.get(EXPORT, token=token).json["plugins"] == {"keeper": {"notes": ["喜欢辣"]}}


def test_erasure_takes_what_plugins_keep_and_nobody_elses(shop):
    buyer_id, token = buyer_with_note(shop)
    neighbour, _ = buyer_with_note(shop)
    assert shop.delete(PROFILE, token=token).status_code == 204
    assert (notes_of(shop, buyer_id), notes_of(shop, neighbour)) == (0, 1)
    assert one(shop, "SELECT erased_at IS NOT NULL FROM buyer WHERE id = :id", id=buyer_id)


def test_erasure_that_fails_in_a_plugin_erases_nothing_and_can_be_asked_again(shop):
    buyer_id, token = buyer_with_note(shop)
    keeper.hooks.broken = True
    answer = shop.delete(PROFILE, token=token)
    assert (answer.status_code, answer.json["code"], answer.json["plugins"]) == (503, "erasure_failed", ["keeper"])
    assert notes_of(shop, buyer_id) == 1
    assert one(shop, "SELECT erased_at IS NULL FROM buyer WHERE id = :id", id=buyer_id)
    assert "hook:erase_buyer" in failures_of(shop, "keeper")
    keeper.hooks.broken = False
    assert shop.delete(PROFILE, token=token).status_code == 204
    assert notes_of(shop, buyer_id) == 0


def merge(shop, buyer_id: int, number: str) -> int:
    with shop.bound():
        db.session.execute(text("INSERT INTO buyer (phone, created_at) VALUES (:phone, now())"), {"phone": number})
        db.session.commit()
        kept = phone._bind(buyer_id, number)
        db.session.commit()
    return kept


def test_merged_accounts_keep_what_plugins_kept(shop):
    buyer_id, _ = buyer_with_note(shop)
    kept = merge(shop, buyer_id, "19911110001")
    assert (notes_of(shop, kept), notes_of(shop, buyer_id)) == (1, 0)


def test_merge_that_fails_in_a_plugin_merges_nothing(shop):
    buyer_id, _ = buyer_with_note(shop)
    keeper.hooks.broken = True
    with pytest.raises(PluginsFailed) as refused:
        merge(shop, buyer_id, "19911110002")
    assert (refused.value.code, refused.value.extra) == ("merge_failed", {"plugins": ["keeper"]})
    assert notes_of(shop, buyer_id) == 1
    assert one(shop, "SELECT count(*) FROM buyer WHERE id = :id", id=buyer_id) == 1
