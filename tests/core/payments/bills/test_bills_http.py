"""The comparison over HTTP: who may look, and what is answered."""

from __future__ import annotations

from sqlalchemy import text

from core.db import db
from core.payments import bills

API = "/console/api/v1/bills"


def compared(merchant) -> str:
    """A compared day with one difference; returns its path."""
    merchant.sell("ref-0001")
    merchant.paying.fault("bill_extra_row", times=1)
    with merchant.until_bill():
        bills.compare_due()
    db.session.rollback()
    return f"{API}/{merchant.day}"


def test_days_differences_and_resolving(merchant):
    path, shop = compared(merchant), merchant.shop
    period = f"{API}?since={merchant.day}&until={merchant.day}"
    (day,) = shop.get(period, token=shop.staff_token).json["items"]
    assert (day["day"], day["state"], day["paid_there_fen"], day["paid_here_fen"], day["unresolved"]) == (
        str(merchant.day), "differs", 5120, 2560, 1
    )  # fmt: skip
    (found,) = shop.get(f"{path}/differences", token=shop.staff_token).json["items"]
    assert (found["subject"], found["kind"], found["there_fen"], found["here_fen"]) == (
        "payment", "missing_here", 2560, None
    )  # fmt: skip
    resolve = f"{API}/differences/{found['id']}/resolve"
    assert shop.post(resolve, token=shop.staff_token, json={"note": "门店收款"}).status_code == 204
    again = shop.post(resolve, token=shop.staff_token, json={"note": "again"})
    assert (again.status_code, again.json["code"]) == (409, "bill_difference_resolved")


def test_day_is_fetched_again_on_demand(merchant):
    path, token = compared(merchant), merchant.shop.staff_token
    with merchant.until_bill(0.6):
        assert merchant.shop.post(f"{path}/fetch", token=token).status_code == 202
        assert merchant.bill()["state"] == "waiting"
        db.session.rollback()
        bills.compare_due()
        assert (merchant.bill()["state"], merchant.differences()) == ("ok", [])
    assert merchant.shop.post(f"{API}/2020-01-01/fetch", token=token).status_code == 404
    assert merchant.shop.post(f"{API}/yesterday/fetch", token=token).status_code == 422


def test_only_with_permission_and_for_every_store(merchant):
    shop = merchant.shop
    period = f"{API}?since=2026-01-01&until=2026-01-31"
    assert shop.get(period).status_code == 401
    assert shop.get(API, token=shop.staff_token).status_code == 422
    assert shop.get(f"{period}&cursor=nonsense", token=shop.staff_token).status_code == 422
    assert shop.get(f"{API}/2026-01-01/differences", token=shop.staff_token).json["code"] == "bill_not_found"
    db.session.execute(text("UPDATE staff SET role = 'clerk'"))
    db.session.commit()
    assert shop.get(period, token=shop.staff_token).status_code == 403
