"""Replies to operations: all of it fits, or it is none."""

from __future__ import annotations

from typing import Any

import pytest

from core.host.blocks.answers import reply_of
from core.host.blocks.errors import Misfit
from core.plugin import Reply
from core.plugin.build import A, B
from tests.core.blocks.schema_facts import drawing


def test_reply_is_drawn():
    made = Reply(
        actions=(A.toast(text="参团成功"), A.nav(to="checkout", params={"token": "ck_1"})),
        patch={"a": {"text": "已成团！", "items": [{"text": "李"}]}},
        errors={"phone": "请填写手机号"},
    )
    assert reply_of(drawing(), made) == {
        "ok": True,
        "actions": [
            {"type": "toast", "text": "参团成功"},
            {"type": "nav", "to": "checkout", "params": {"token": "ck_1"}},
        ],
        "patch": [{"id": "club-a", "props": {"text": "已成团！", "items": [{"text": "李"}]}}],
        "errors": {"phone": "请填写手机号"},
    }


def test_sheet_of_a_reply_has_drawn_blocks():
    made = Reply(actions=(A.sheet(blocks=[B.rich_text(html="<p onclick=x>a</p>")]),))
    [action] = reply_of(drawing(), made)["actions"]
    assert action["blocks"] == [{"id": "club-_s1-0", "type": "rich-text", "src": "club", "props": {"html": "<p>a</p>"}}]


@pytest.mark.parametrize(
    "made",
    [
        None,
        {"ok": True},
        Reply(ok=1),
        Reply(actions=({"type": "eval"},)),
        Reply(actions=({"type": "toast"},)),
        Reply(actions=(A.call(op="rival.take"),)),
        Reply(actions=(A.sheet(blocks=[B.notice(text="x" * 200)]),)),
        Reply(patch={"a": {"colour": "red"}}),
        Reply(patch={"a": {"price": "1"}}),
        Reply(patch={"A!": {"text": "x"}}),
        Reply(patch={"a": {"action": A.call(op="rival.take")}}),
        Reply(errors={"phone": 5}),
        Reply(errors={"phone": "x" * 200}),
        Reply(patch={f"b{n}": {"html": "x" * 15_000} for n in range(5)}),
    ],
)
def test_reply_that_does_not_fit_is_none(made: Any):
    with pytest.raises(Misfit):
        reply_of(drawing(), made)
