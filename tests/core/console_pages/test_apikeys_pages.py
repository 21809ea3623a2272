"""Keys for other programs by the pages."""

from __future__ import annotations

from tests.core.console_http.acting import actions, one
from tests.core.console_pages.acting import copied, errors
from tests.core.console_pages.visitor import Visitor

KEYS = "/console/apikeys"


def make(visitor: Visitor, **data) -> str:
    """Where the new key is shown."""
    answer = visitor.post(f"{KEYS}/new", {"name": "收银机", "scopes": ["stock:read"]} | data)
    assert answer.status_code == 303, answer.text
    return answer.location



def test_key_is_shown_once_and_works(shop, visitor):
    place = make(visitor)
    key = copied(visitor.get(place))
    assert key.startswith(f"jk_{shop.ref.key}_")
    assert key not in visitor.get(place)
    assert "密钥只显示一次" in visitor.get(place)
    page = visitor.get(KEYS)
    assert key not in page and f"…{key[-4:]}" in page and "读取库存" in page
    assert actions(shop) == ["apikeys.create"]


def test_revoked_key_stays_in_the_list_without_a_button(shop, visitor):
    make(visitor)
    key_id = one(shop, "SELECT id FROM api_key")
    assert visitor.post(f"{KEYS}/{key_id}/revoke", page=KEYS).location == KEYS
    page = visitor.get(KEYS)
    assert "已吊销" in page and f"{KEYS}/{key_id}/revoke" not in page
    assert one(shop, "SELECT revoked_at IS NOT NULL FROM api_key") is True
    assert visitor.post(f"{KEYS}/999/revoke", page=KEYS).status_code == 404


def test_key_needs_a_name_and_a_scope(shop, visitor):
    page = visitor.post(f"{KEYS}/new", {"name": ""}).text
    assert errors(page) == ["请填写", "请至少勾选一项权限"]
    forged = visitor.post(f"{KEYS}/new", {"name": "收银机", "scopes": ["everything"]})
    assert forged.status_code == 200
    assert one(shop, "SELECT count(*) FROM api_key") == 0


def test_what_was_ticked_stays_ticked(visitor):
    page = visitor.post(f"{KEYS}/new", {"name": "", "scopes": ["stock:read"]}).text
    assert 'value="stock:read" checked' in page
    assert page.count(" checked") == 1


def test_empty_list_says_what_keys_are_for(visitor):
    assert "还没有密钥" in visitor.get(KEYS)
