"""Points run out: booked by the job, told before, never used afterwards."""

from datetime import timedelta

import pytest

from core.plugin.data import session

from .. import jobs

DAY = 86_400


def test_what_runs_out_is_booked_once_per_lot(points_on, grant, travel, run_jobs, balance, tenant, lots, buyer):
    points_on()
    now = tenant.context().now
    other = tenant.add_buyer("M0002", "13800000002")
    grant(100, "first-lot", expires_at=now + timedelta(minutes=10))
    grant(50, "second-lo", expires_at=now + timedelta(minutes=20))
    grant(7, "third-lot")
    grant(30, to=other, expires_at=now + timedelta(minutes=10))
    travel(1800)
    run_jobs()
    run_jobs()
    assert (balance(), balance(other), lots()) == ((7, 0), (0, 0), [0, 0, 7])
    query = "SELECT kind, points FROM points_transaction WHERE kind = 'expire' ORDER BY points"
    assert tenant.rows(query) == [("expire", -100), ("expire", -50), ("expire", -30)]


def test_expiring_takes_the_same_statements_for_many(points_on, grant, tenant, statements):
    points_on()
    past = tenant.context().now - timedelta(seconds=1)
    counts = []
    for size in (1, 12):
        for number in range(size):
            grant(5, f"lot-{size}-{number:04d}", to=tenant.add_buyer(), expires_at=past)
        with tenant.bound(), statements() as seen:
            jobs.expire(tenant.context(), session)
            counts.append(len(seen))
            session.commit()
    assert counts == [2, 2]


@pytest.mark.parametrize(("rule", "days"), [("months", 366 + 30), ("year", 366)])
def test_earned_points_live_as_long_as_the_merchant_says(
    points_on, till_sale, buyer, run_events, travel, run_jobs, balance, rule, days
):
    points_on(expiry=rule, expiry_months=12)
    till_sale({"RICE": 1}, buyer)
    run_events()
    assert balance() == (33, 0)
    travel(days * DAY)
    run_jobs()
    assert balance() == (0, 0)


def test_earliest_expiry_is_used_first(points_on, grant, place_order, tenant, lots):
    points_on()
    now = tenant.context().now
    for points, days in ((10, 30), (20, 10), (30, 20)):
        grant(points, f"lot-of-{days}", expires_at=now + timedelta(days=days))
    grant(40, "lot-of-ever")
    place_order({"MILK": 1}, choices={"points": {"use": 55}})
    assert lots() == [5, 0, 0, 40]


@pytest.fixture
def noon(tenant, travel):
    """Travel to the next noon of the shop, when reminders are sent."""

    def go() -> None:
        local = tenant.context().now.astimezone(jobs.SHOP_ZONE)
        travel(((12 - local.hour) % 24) * 3600)

    return go


def test_reminder_30_and_7_days_before_once_each(points_on, grant, tenant, buyer, noon, travel, run_jobs):
    points_on(notice_30="T30", notice_7="T7")
    noon()
    now = tenant.context().now
    grant(100, "far-away-", expires_at=now + timedelta(days=40))
    grant(50, "near-by--", expires_at=now + timedelta(days=5))
    found = []
    for days in (0, 20, 10, 4):
        travel(days * DAY)
        run_jobs()
        found.append([row[0] for row in tenant.rows("SELECT reminded FROM points_lot ORDER BY id")])
    assert found == [[None, 7], [30, 7], [30, 7], [7, 7]]


def test_reminder_waits_for_the_day(points_on, grant, tenant, noon, travel, run_jobs):
    points_on(notice_30="T30")
    noon()
    travel(12 * 3600)
    grant(100, expires_at=tenant.context().now + timedelta(days=20))
    run_jobs()
    assert tenant.one("SELECT reminded FROM points_lot") is None


def test_reminder_stops_when_wechat_is_out_of_reach_and_goes_on_later(
    points_on, grant, tenant, buyer, shopper, place_order, pay, noon, travel, run_jobs
):
    points_on(notice_30="T30")
    pay(place_order({"MILK": 1}))
    noon()
    now = tenant.context().now
    other = tenant.add_buyer("M0002", "13800000002")
    grant(100, expires_at=now + timedelta(days=20))
    grant(50, to=other, expires_at=now + timedelta(days=21))
    tenant.execute("INSERT INTO message_grant (buyer_id, template, remaining) SELECT id, 'T30', 1 FROM buyer")
    found = []
    for code in ("43101", "-1", "43101"):
        shopper.wechat.fault(code, {"appid": tenant.appid, "path": "subscribe/send"}, times=1)
    for _ in range(2):
        run_jobs()
        found.append(tenant.rows("SELECT remaining FROM message_grant ORDER BY buyer_id"))
        found.append(tenant.rows("SELECT reminded FROM points_lot WHERE expires_at IS NOT NULL ORDER BY id"))
        travel(1200)
    assert found == [[(0,), (1,)], [(30,), (None,)], [(0,), (0,)], [(30,), (30,)]]
