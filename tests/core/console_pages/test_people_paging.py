"""Lists of people, invitations, keys, visits and lines that are longer than a page."""

from __future__ import annotations

import re

import pytest

from core.db import db
from tests.core.console_pages.visitor import Visitor

PEOPLE = """
    INSERT INTO staff (phone, name, password_hash, role, active, created_at)
    SELECT '1770000' || lpad(n::text, 4, '0'), '店员' || lpad(n::text, 3, '0'), '', 'clerk', n <= :active, now()
    FROM generate_series(1, :count) n
"""
INVITED = """
    INSERT INTO staff_invitation (phone, name, role, store_ids, token_hash, created_at, expires_at)
    SELECT '1660000' || lpad(n::text, 4, '0'), '新人' || lpad(n::text, 3, '0'), 'clerk', '{}', decode(md5(n::text), 'hex'),
           now(), now() + interval '1 day'
    FROM generate_series(1, :count) n
"""
KEYS = """
    INSERT INTO api_key (name, hint, key_hash, scopes, created_at, revoked_at)
    SELECT '程序' || lpad(n::text, 3, '0'), 'abcd', decode(md5(n::text), 'hex'), '{stock:read}', now(),
           CASE WHEN n % 3 = 0 THEN now() END
    FROM generate_series(1, :count) n
"""
VISITS = """
    INSERT INTO audit_log (at, actor, actor_id, action, target, detail)
    SELECT now() + n * interval '1 minute', 'support', (n + 1) / 2,
           CASE WHEN n % 2 = 1 THEN 'support.enter' ELSE 'support.leave' END,
           'support:' || (n + 1) / 2, jsonb_build_object('support', jsonb_build_object('operator', '林支持',
           'reason', '原因' || lpad(((n + 1) / 2)::text, 3, '0')), 'expires_at', now() + interval '1 hour')
    FROM generate_series(1, :count) n
"""


def run(shop, query: str, **values: int) -> None:
    with shop.bound():
        db.session.execute(db.text(query), values)
        db.session.commit()


def walk(visitor: Visitor, path: str, pattern: str) -> list[list[str]]:
    """What every page shows, from the first to the last."""
    found = []
    while path:
        page = visitor.get(path)
        assert len(visitor.statements) <= 15
        found.append(list(dict.fromkeys(re.findall(pattern, page))))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    return found


def test_staff_go_on_page_by_page(shop, visitor):
    run(shop, PEOPLE, count=45, active=43)
    names = [f"店员{number:03}" for number in range(1, 44)]
    assert walk(visitor, "/console/staff", r"店员\d{3}") == [names[:19], names[19:39], names[39:]]
    assert walk(visitor, "/console/staff?state=off", r"店员\d{3}") == [["店员044", "店员045"]]
    assert walk(visitor, "/console/staff?q=17700000044&state=off", r"店员\d{3}") == [["店员044"]]
    first = visitor.get("/console/staff?q=店员0")
    assert 'href="/console/staff?q=%E5%BA%97%E5%91%980&amp;cursor=' in first
    assert '>44</span>' in first and '>2</span>' in first


def test_invitations_go_on_page_by_page(shop, visitor):
    run(shop, INVITED, count=25)
    first = visitor.get("/console/staff")
    assert (first.count("新人"), "新人025" in first, "新人005" in first) == (20, True, False)
    earlier = re.search(r'href="(/console/staff\?invited=[^"]+)"', first)
    rest = visitor.get(earlier[1])
    assert re.findall(r"新人\d{3}", rest) == [f"新人{number:03}" for number in range(5, 0, -1)]
    assert "更早的邀请" not in rest


def test_keys_go_on_page_by_page_with_the_revoked_ones_last(shop, visitor):
    run(shop, KEYS, count=30)
    living = [f"程序{number:03}" for number in range(30, 0, -1) if number % 3]
    gone = [f"程序{number:03}" for number in range(30, 0, -1) if not number % 3]
    assert walk(visitor, "/console/apikeys", r"程序\d{3}") == [living, gone]


def test_visits_of_support_go_on_page_by_page(shop, visitor):
    run(shop, VISITS, count=49)
    reasons = [f"原因{number:03}" for number in range(25, 0, -1)]
    assert walk(visitor, "/console/support", r"原因\d{3}") == [reasons[:20], reasons[20:]]
    assert visitor.get("/console/support").count(">在店内</span>") == 1


def test_log_names_the_people_of_its_lines(shop, visitor):
    run(shop, PEOPLE, count=300, active=300)
    run(shop, "INSERT INTO audit_log (at, actor, action, target, detail)"
              " SELECT now(), 'system', 'staff.change', 'staff:' || id, '{}' FROM staff WHERE name = '店员299'")
    page = visitor.get("/console/audit")
    assert "员工 店员299" in page
    assert page.count("<option") < 260


@pytest.mark.parametrize("path", ["/console/staff", "/console/apikeys", "/console/support", "/console/staff?invited="])
@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIl0", "WzllOTld"])
def test_cursor_that_is_none_is_refused(visitor, path, cursor):
    address = f"{path}{cursor}" if path.endswith("=") else f"{path}?cursor={cursor}"
    assert visitor.open(address).status_code == 422


@pytest.mark.parametrize(("path", "query"), [("staff", PEOPLE), ("staff/invitations", INVITED), ("api-keys", KEYS)])
def test_programs_go_on_page_by_page(shop, path, query):
    run(shop, query, **({"count": 24, "active": 24} if path == "staff" else {"count": 24}))
    found, cursor = [], ""
    while cursor is not None:
        page = shop.get(f"/console/api/v1/{path}?limit=10&cursor={cursor}", token=shop.staff_token).json
        found, cursor = [*found, *(item["name"] for item in page["items"])], page["next_cursor"]
    assert len(found) == len(set(found)) == 24 + (path == "staff")
