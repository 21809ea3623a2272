"""Operations: in one transaction, once per key, of nobody but the plugin that is named."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest

from core.buyers.models import Buyer
from core.clock import now
from core.db import db
from core.pages import operations
from core.pages.models import ShopperOp
from tests.core.blocks.conftest import Switch, failing, scalar
from tests.core.blocks.tiny import calls
from tests.core.shops import Shop

STORE = "/store/api/v1"


@pytest.fixture(autouse=True)
def unnamed(shop: Shop) -> None:
    """Every operation of `club` writes the buyer's name; before, it is unknown, and no key is known."""
    with shop.bound():
        db.session.execute(db.update(Buyer).values(name=None))
        db.session.execute(db.delete(ShopperOp))
        db.session.commit()


def operate(shop: Shop, op: str, key: str = "op-00001", **params: Any) -> Any:
    headers = {"Idempotency-Key": key}
    return shop.post(f"{STORE}/ops", token=shop.buyer_token, headers=headers, json={"op": op, "params": params})


def name(shop: Shop) -> str | None:
    return scalar(shop, "SELECT name FROM buyer WHERE id = :id", id=shop.buyer_id)


def test_operation_is_done_and_answered(shop: Shop):
    answer = operate(shop, "club.join", id="g1")
    assert answer.status_code == 200
    assert answer.json == {
        "ok": True,
        "actions": [{"type": "toast", "text": "join {'id': 'g1'} 1"}],
        "patch": [{"id": "club-hall", "props": {"text": "满"}}],
        "errors": {},
    }
    assert name(shop) == "join"


def test_same_key_again_gets_the_same_reply_and_does_nothing(shop: Shop):
    first = operate(shop, "club.join")
    again = operate(shop, "club.join")
    assert (again.status_code, again.data) == (200, first.data)
    assert calls == ["join"]


def test_same_key_for_something_else_is_refused(shop: Shop):
    operate(shop, "club.join")
    for other in (operate(shop, "club.leave"), operate(shop, "club.join", id="g2")):
        assert (other.status_code, other.json["code"]) == (409, "reference_reused")
    assert calls == ["join"]


def test_same_key_at_the_same_time_is_done_once(shop: Shop):
    answers: list[bytes] = []
    threads = [Thread(target=lambda: answers.append(operate(shop, "club.join").data)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert calls == ["join"]


def test_refusal_rolls_back_and_keeps_no_key(shop: Shop):
    answer = operate(shop, "club.refuse")
    assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (409, "club_full", "人数已满")
    assert name(shop) is None
    assert scalar(shop, "SELECT count(*) FROM shopper_op") == 0
    assert failing(shop) == []


@pytest.mark.parametrize("op", ["fail", "garbage", "steal", "commit"])
def test_operation_that_fails_rolls_back_and_tells_nothing(shop: Shop, op: str):
    answer = operate(shop, f"club.{op}")
    assert (answer.status_code, answer.json["code"], answer.json["plugin"]) == (500, "plugin_failed", "club")
    assert b"secret" not in answer.data
    assert name(shop) is None
    assert scalar(shop, "SELECT count(*) FROM shopper_op") == 0
    assert [(plugin, place) for plugin, place, _ in failing(shop)] == [("club", "hook:storefront_op")]


@pytest.mark.parametrize("op", ["club.unknown", "rival.take", "mute.any", "nobody.any"])
def test_operation_that_is_not_there(shop: Shop, op: str):
    answer = operate(shop, op)
    assert (answer.status_code, answer.json["code"]) == (404, "operation_not_found")
    assert name(shop) is None
    assert scalar(shop, "SELECT count(*) FROM shopper_op") == 0


def test_operation_of_a_closing_plugin_still_works(shop: Shop, switch: Switch):
    switch(shop, club="closing")
    assert operate(shop, "club.join").status_code == 200


def test_operation_is_not_there_in_the_other_shop(shop: Shop, other_shop: Shop):
    assert operate(other_shop, "club.join").status_code == 404


@pytest.mark.parametrize("op", ["join", "club.", ".join", "Club.join", "club.join.x", "club.join\n", "club/join", 5, None])
def test_name_of_an_operation_that_is_none(shop: Shop, op: Any):
    headers = {"Idempotency-Key": "op-00001"}
    assert shop.post(f"{STORE}/ops", token=shop.buyer_token, headers=headers, json={"op": op}).status_code == 422


@pytest.mark.parametrize("params", ["x", [1], {"a": "x" * 9000}])
def test_parameters_that_can_not_be_taken(shop: Shop, params: Any):
    headers = {"Idempotency-Key": "op-00001"}
    body = {"op": "club.join", "params": params}
    assert shop.post(f"{STORE}/ops", token=shop.buyer_token, headers=headers, json=body).status_code == 422


def test_operation_needs_a_shopper_and_a_key(shop: Shop):
    body = {"op": "club.join"}
    assert shop.post(f"{STORE}/ops", json=body, headers={"Idempotency-Key": "op-00001"}).status_code == 401
    answer = shop.post(f"{STORE}/ops", token=shop.buyer_token, json=body)
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_required")


def test_keys_are_forgotten_after_a_week(shop: Shop):
    moment = now()
    with shop.bound():
        for key, age in (("old", timedelta(days=7, seconds=5)), ("young", timedelta(days=6))):
            db.session.add(ShopperOp(buyer_id=shop.buyer_id, key=key, op="club.x", digest="", at=moment - age))
        db.session.commit()
        operations.expire()
    assert scalar(shop, "SELECT string_agg(key, ' ') FROM shopper_op") == "young"
    assert abs(scalar(shop, operations.NEXT_EXPIRY) - (moment + timedelta(days=1))) < timedelta(seconds=1)
