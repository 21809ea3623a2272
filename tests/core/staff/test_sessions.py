"""Where one is logged in: seen, told apart, ended, forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, text

from core.clock import now, travel
from core.db import db
from core.host import chores
from core.staff import service
from core.staff.domain import IDLE_LIFE, KEPT_AFTER_END, SEEN_EVERY, SESSION_LIFE
from core.staff.errors import SessionExpired
from core.staff.purging import NEXT_DUE, purge
from tests.core.console_http.acting import actions, one, staff_token
from tests.core.shops import PASSWORD
from tests.core.staff.acting import API, OWNER, SESSION, at_once, bind_app, login, pending
from tests.core.staff.test_invitations import invite

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"

LEFT = """
    SELECT (SELECT count(*) FROM staff_session), (SELECT count(*) FROM staff_pending_login),
           (SELECT count(*) FROM staff_invitation)
"""


def log_in_from(shop, user_agent: str, address: str) -> str:
    answer = shop.post(
        SESSION,
        json={"phone": OWNER, "password": PASSWORD},
        headers={"User-Agent": user_agent},
        environ_base={"REMOTE_ADDR": address},
    )
    return answer.json["token"]


def listed(shop, token: str) -> list[dict]:
    return shop.get(f"{SESSION}/all", token=token).json["items"]


def test_sessions_are_listed_with_device_and_network(shop):
    there = log_in_from(shop, CHROME, "203.0.113.77")
    first, second = listed(shop, there)
    assert (first["user_agent"], first["ip_prefix"], first["current"]) == ("Chrome 126 · Windows", "203.0.113.0/24", True)
    assert (second["user_agent"], second["ip_prefix"], second["current"]) == ("", "", False)
    assert [item["current"] for item in listed(shop, shop.staff_token)] == [True, False]


def test_full_address_is_not_stored(shop):
    log_in_from(shop, CHROME, "203.0.113.77")
    assert "203.0.113.77" not in one(shop, "SELECT string_agg(s::text, '') FROM staff_session s")


def test_one_session_is_ended(shop):
    there = login(shop).json["token"]
    (session_id,) = (item["id"] for item in listed(shop, shop.staff_token) if not item["current"])
    assert shop.delete(f"{SESSION}/all/{session_id}", token=shop.staff_token).status_code == 204
    assert shop.get(SESSION, token=there).json["code"] == "session_expired"
    again = shop.delete(f"{SESSION}/all/{session_id}", token=shop.staff_token)
    assert (again.status_code, again.json["code"]) == (404, "session_not_found")
    assert actions(shop) == ["staff.login", "staff.session.end"]


def test_somebody_elses_session_is_not_ones_own_to_end(shop):
    clerk = staff_token(shop, "clerk")
    (session_id,) = (item["id"] for item in listed(shop, clerk))
    assert shop.delete(f"{SESSION}/all/{session_id}", token=shop.staff_token).status_code == 404
    assert shop.get(SESSION, token=clerk).status_code == 200


def test_other_sessions_are_ended(shop):
    others = [login(shop).json["token"] for _ in range(2)]
    clerk = staff_token(shop, "clerk")
    assert shop.delete(f"{SESSION}/others", token=shop.staff_token).json == {"ended": 2}
    assert {shop.get(SESSION, token=token).status_code for token in others} == {401}
    assert [shop.get(SESSION, token=token).status_code for token in (shop.staff_token, clerk)] == [200, 200]


def test_owner_logs_somebody_out_everywhere(shop):
    clerk = staff_token(shop, "clerk")
    clerk_id = shop.get(SESSION, token=clerk).json["id"]
    assert shop.delete(f"{API}/staff/{clerk_id}/sessions", token=clerk).status_code == 403
    assert shop.delete(f"{API}/staff/{clerk_id}/sessions", token=shop.staff_token).json == {"ended": 1}
    assert shop.get(SESSION, token=clerk).status_code == 401


def test_same_session_ended_at_once_is_ended_once(shop):
    login(shop)
    (session_id,) = (item["id"] for item in listed(shop, shop.staff_token) if not item["current"])
    end = f"{SESSION}/all/{session_id}"
    assert at_once(*(lambda: shop.delete(end, token=shop.staff_token) for _ in range(2))) == [204, 404]


def test_use_is_noted_every_five_minutes(shop):
    token = login(shop).json["token"]
    seen = [listed(shop, token)[0]["seen_at"]]
    for seconds in (SEEN_EVERY.total_seconds() - 30, SEEN_EVERY.total_seconds() + 30):
        with travel(seconds):
            shop.get(SESSION, token=token)
        seen.append(listed(shop, token)[0]["seen_at"])
    assert (seen[0] == seen[1], seen[1] < seen[2]) == (True, True)


def test_use_costs_a_second_statement_only_when_it_is_noted(shop):
    token = login(shop).json["token"]
    seen: list[str] = []
    with shop.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    counts = []
    with travel(SEEN_EVERY.total_seconds() + 1):
        for _ in range(3):
            seen.clear()
            shop.get(SESSION, token=token)
            counts.append(len(seen))
    assert counts == [2, 1, 1]


@pytest.mark.parametrize(("idle", "expired"), [(None, False), (IDLE_LIFE, True)])
def test_unused_session_of_a_browser_expires(shop, idle, expired):
    token = login(shop).json["token"]
    with travel(IDLE_LIFE.total_seconds() + 1), shop.bound():
        if not expired:
            assert service.find_session(token, idle).name == "店长"
            return
        with pytest.raises(SessionExpired):
            service.find_session(token, idle)


def test_used_session_of_a_browser_lives_on_until_its_end(shop):
    token = login(shop).json["token"]
    hours, idle = SESSION_LIFE // timedelta(hours=1), IDLE_LIFE // timedelta(hours=1)
    for hour in range(idle - 1, hours, idle - 1):
        with travel(hour * 3600), shop.bound():
            assert service.find_session(token, IDLE_LIFE).name == "店长"
    with travel(SESSION_LIFE.total_seconds() + 1), shop.bound(), pytest.raises(SessionExpired):
        service.find_session(token, IDLE_LIFE)


def test_what_is_over_is_forgotten_a_day_later(shop):
    login(shop)
    invite(shop)
    bind_app(shop)
    pending(shop)
    before = one(shop, LEFT)
    with shop.bound():
        purge()
        assert one(shop, LEFT) == before == (2, 1, 1)
    with travel((SESSION_LIFE + KEPT_AFTER_END).total_seconds() + 1), shop.bound():
        purge()
    assert one(shop, LEFT) == (1, 0, 0)


def test_ended_session_is_forgotten_with_the_others(shop):
    token = login(shop).json["token"]
    shop.delete(SESSION, token=token)
    with travel(KEPT_AFTER_END.total_seconds() + 1), shop.bound():
        purge()
    assert one(shop, "SELECT count(*) FROM staff_session") == 1


def test_purging_is_due_a_day_after_the_first_end(shop):
    bind_app(shop)
    pending(shop)
    with shop.bound():
        due = db.session.execute(text(NEXT_DUE)).scalar_one()
        first = db.session.execute(text("SELECT expires_at FROM staff_pending_login")).scalar_one()
        assert due == first + KEPT_AFTER_END
        assert chores.next_due() <= due
        assert due > now()
