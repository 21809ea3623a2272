"""The main job against the real processes: played, played again, and played while everything is shot at.

The tests build on each other's shop, as a month builds on its first week.
"""

from __future__ import annotations

import itertools
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from tests.interplay import slices
from tests.interplay.conftest import Town

PLAYED_WITHIN = 240.0
POINTS = ("--figure", "points=/plugins/points/totals#earned")
VICTIMS = ("web", "worker", "valkey", "clock")
KILL_EVERY = 2.0
FAULTS = (
    {"fault": "drop", "match": {}, "probability": 0.25},
    {"fault": "duplicate", "match": {}, "args": {"n": 2}, "probability": 0.3},
    {"fault": "delay", "match": {}, "args": {"seconds": 3}, "probability": 0.25},
    {"fault": "forge", "match": {}, "probability": 0.5},
)

_SHOP = "SELECT key FROM platform.tenant WHERE slug = 'demo'"
_EVERYTHING = """
    SELECT (SELECT array_agg((reference, state, payable_fen, price_version, completed_at) ORDER BY id) FROM orders),
           (SELECT array_agg((store_id, sku_id, on_hand, reserved) ORDER BY store_id, sku_id) FROM stock),
           (SELECT count(*) FROM stock_move), (SELECT count(*) FROM stock_receipt), (SELECT count(*) FROM order_move),
           (SELECT count(*) FROM payment), (SELECT count(*) FROM refund), (SELECT count(*) FROM buyer),
           (SELECT count(*) FROM buyer_identity), (SELECT count(*) FROM event), (SELECT max(updated_at) FROM product),
           (SELECT array_agg((account, points) ORDER BY transaction_id, account) FROM points_entry)
"""
_STOCK_OFF = """
    SELECT s.store_id, s.sku_id, s.on_hand, s.reserved, m.moved FROM stock s
    LEFT JOIN (SELECT store_id, sku_id, sum(quantity) AS moved FROM stock_move GROUP BY 1, 2) m USING (store_id, sku_id)
    WHERE s.on_hand <> coalesce(m.moved, 0) OR s.reserved <> 0
"""
_LEFT_OVER = """
    SELECT k.code, s.on_hand FROM stock s JOIN sku k ON k.id = s.sku_id WHERE k.code LIKE 'RP%' AND s.on_hand <> 0
"""
_BOOKS_OFF = """
    SELECT transaction_id::text, sum(points) FROM points_entry GROUP BY 1 HAVING sum(points) <> 0
    UNION ALL SELECT 'delivery ' || event_id, attempts FROM event_delivery
    WHERE state <> 'done' AND consumer NOT LIKE 'core.%'
"""
_NOT_DONE = "SELECT number, state FROM orders WHERE state <> 'completed'"
_PAID = "SELECT out_trade_no, transaction_id, amount_fen FROM payment WHERE state = 'paid' ORDER BY out_trade_no"
_OWED = "SELECT payable_fen FROM orders WHERE channel = 'online' AND payable_fen > 0"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    slices.write(folder)
    return folder


@pytest.fixture
def shop(town: Town) -> psycopg.Connection:
    with town.database() as connection:
        key = connection.execute(_SHOP).fetchone()[0]
        connection.execute(f"SET search_path = t_{key}")
        yield connection


def played(process: subprocess.Popen[str]) -> str:
    """What a replay printed; it must have ended well."""
    output, _ = process.communicate(timeout=PLAYED_WITHIN)
    assert process.returncode == 0, output
    return output


def assert_sound(town: Town, shop: psycopg.Connection) -> None:
    """Stock is receipts minus sales, every order was paid once, no money is lost or given back."""
    assert shop.execute(_STOCK_OFF).fetchall() == []
    assert shop.execute(_LEFT_OVER).fetchall() == []
    assert shop.execute(_NOT_DONE).fetchall() == []
    assert shop.execute(_BOOKS_OFF).fetchall() == []
    simulator = town.simulator()
    trades = simulator.get("orders", state="SUCCESS")["orders"]
    told = sorted((trade["out_trade_no"], trade["transaction_id"], trade["total_fen"]) for trade in trades)
    assert told == shop.execute(_PAID).fetchall()
    assert sorted(fen for _, _, fen in told) == sorted(row[0] for row in shop.execute(_OWED))
    assert simulator.get("refunds")["refunds"] == []


def test_replay_of_a_week_ends_with_every_figure_equal(town, data, shop):
    output = played(town.replay(data, "week", *POINTS))
    assert "✗" not in output
    assert_sound(town, shop)


def test_replay_again_changes_nothing(town, data, shop):
    before = shop.execute(_EVERYTHING).fetchone()
    played(town.replay(data, "week", *POINTS))
    assert shop.execute(_EVERYTHING).fetchone() == before


def test_replay_while_processes_are_killed_and_callbacks_go_astray_ends_the_same(town, data, shop):
    town.simulator().post("faults", list(FAULTS))
    process = town.replay(data, "january", "--online", "--workers", "4", *POINTS)
    killed = []
    for victim in itertools.cycle(VICTIMS):
        try:
            process.wait(KILL_EVERY)
            break
        except subprocess.TimeoutExpired:
            if len(killed) < 2 * len(VICTIMS) and town.kill(victim):
                killed.append(victim)
    output = played(process)
    assert set(killed) == set(VICTIMS), output
    assert "✗" not in output
    assert_sound(town, shop)


def test_forged_callbacks_were_all_refused(town):
    forged = [n for n in town.simulator().get("notifies")["notifies"] if n["state"] == "forged"]
    assert forged
    assert {attempt["status"] for notify in forged for attempt in notify["attempts"]} <= {401, 503, None, 0}


def test_replay_of_a_killed_run_goes_on_where_it_stood(town, tmp_path, shop):
    slices.write(tmp_path, last=(5, 12))
    process = town.replay(tmp_path, "january", "--online", "--workers", "2")
    time.sleep(4)
    process.kill()
    process.communicate()
    played(town.replay(tmp_path, "january", "--online", *POINTS))
    assert_sound(town, shop)


def test_replay_in_two_shops_at_once_mixes_nothing(town, data, shop):
    form = {"retailer": "另一家", "slug": "another", "phone": "19900009999", "password": "another shop"}
    town.sign_up(form)
    before = shop.execute(_EVERYTHING).fetchone()
    login = ("--tenant", form["slug"], "--phone", form["phone"], "--password", form["password"])
    one, other = town.replay(data, "january"), town.replay(data, "week", *login)
    output = played(other)
    assert "✗" not in output
    one.communicate(timeout=PLAYED_WITHIN)
    assert shop.execute(_EVERYTHING).fetchone() == before
