"""Group 12: what it keeps about a buyer can be read, goes with the buyer, and moves to another account."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from core.db import db
from core.plugin.testing.conformance.asking import hook
from core.plugin.testing.conformance.stage import begin, sell
from core.plugin.testing.conformance.subject import Subject
from core.plugin.testing.conformance.tablestate import buyer_columns, rows_of_buyer
from core.plugin.testing.passing import run_events, run_jobs
from core.plugin.testing.tenant import Tenant

HOOKS = ("buyer_data", "erase_buyer", "merge_buyers")


@pytest.fixture
def personal(subject) -> Subject:
    """The plugin, if it keeps anything about buyers."""
    if not buyer_columns(subject.plugin):
        pytest.skip(f"{subject.name} has no column with a buyer in it")
    return subject


@pytest.fixture
def known(personal, running, servers, callbacks, tenant) -> Tenant:
    """A shop whose shopper bought something."""
    begin(tenant, running)
    sell(tenant, servers.wechat)
    run_events(tenant)
    run_jobs(tenant)
    return tenant


def test_privacy_hooks_are_there(personal):
    columns = ", ".join(".".join(column) for column in buyer_columns(personal.plugin))
    missing = [name for name in HOOKS if hook(personal.plugin, name) is None]
    assert missing == [], f"it keeps buyers in {columns}"


def test_erasing_removes_what_is_told_and_nothing_else(known, running):
    plugin, buyer_id = running.plugin, known.buyer.id
    told, rows = ask(known, plugin, "buyer_data", buyer_id=buyer_id), rows_of_buyer(known, plugin, buyer_id)
    json.dumps(told)
    assert empty(told) is not bool(rows), f"buyer_data tells {told} of {rows}"
    ask(known, plugin, "erase_buyer", buyer_id=known.add_buyer().id)
    assert rows_of_buyer(known, plugin, buyer_id) == rows, "erasing somebody else changed the rows of this buyer"
    for _ in range(2):
        ask(known, plugin, "erase_buyer", buyer_id=buyer_id)
        assert rows_of_buyer(known, plugin, buyer_id) == {}, "erase_buyer left rows of the buyer"
    left = ask(known, plugin, "buyer_data", buyer_id=buyer_id)
    assert empty(left), f"erased, but buyer_data still tells {left}"


def test_merging_moves_every_row(known, running):
    plugin, other = running.plugin, known.add_buyer()
    had = rows_of_buyer(known, plugin, known.buyer.id)
    ask(known, plugin, "merge_buyers", from_id=known.buyer.id, to_id=other.id)
    assert rows_of_buyer(known, plugin, known.buyer.id) == {}, "merge_buyers left rows behind, which are deleted now"
    assert rows_of_buyer(known, plugin, other.id).keys() >= had.keys()


def ask(tenant: Tenant, plugin: Any, name: str, **arguments: int) -> Any:
    """Call one of the privacy hooks as the host does, in a transaction of its own."""
    asked = hook(plugin, name)
    assert asked is not None, f"there is no {name}"
    with tenant.bound():
        answer = asked(ctx=tenant.context(), session=db.session, **arguments)
        db.session.commit()
    return answer


def empty(value: Any) -> bool:
    """Whether nothing is in it: zeros, blanks and nothing, however deep."""
    if isinstance(value, Mapping):
        return all(empty(item) for item in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return all(empty(item) for item in value)
    return value in (None, 0, "", False)
