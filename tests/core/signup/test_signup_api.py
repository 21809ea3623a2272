"""Signing up over HTTP: a request now, a shop when the worker has been there, whatever is lost in between."""

from __future__ import annotations

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import text

from core.db import db
from core.host import duties, jobs
from core.migrations import HISTORY
from core.services import services
from core.signup import service
from tenants import provision

FORM = {"retailer": "邢台百货", "phone": "19900000077", "password": "correct horse"}
URL = "/platform/api/v1/signup"


@pytest.fixture
def form():
    return {**FORM, "slug": f"s{provision.new_key()}"}


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(autouse=True)
def _as_after_a_start(app):
    lose_jobs(app)
    with app.app_context():
        for key in services().redis.scan_iter("jishi:duty:*"):
            services().redis.delete(key)


def lose_jobs(app):
    with app.app_context():
        Queue("core", connection=jobs.connection(), serializer=JSONSerializer).empty()


def work(app):
    """What a worker does until nothing is left."""
    jobs.work(app, jobs.QUEUES, burst=True)


def make_old(app, slug):
    with app.app_context(), db.engines["platform"].begin() as connection:
        connection.execute(
            text("UPDATE platform.tenant SET created_at = created_at - interval '2 min' WHERE slug = :slug"), {"slug": slug}
        )


def log_in(client, form):
    body = {"phone": form["phone"], "password": form["password"]}
    return client.post("/console/api/v1/session", json=body, headers={"Host": f"{form['slug']}.localhost"})


def test_sign_up_opens_a_shop_whose_owner_can_log_in(app, client, form):
    accepted = client.post(URL, json=form)
    assert (accepted.status_code, accepted.json) == (202, {"slug": form["slug"], "status_url": f"{URL}/{form['slug']}"})
    assert client.get(accepted.json["status_url"]).json == {"slug": form["slug"], "status": "requested"}
    work(app)
    address = f"{form['slug']}.localhost"
    assert client.get(accepted.json["status_url"]).json == {"slug": form["slug"], "status": "active", "address": address}
    assert log_in(client, form).status_code in {200, 201}


def test_sign_up_whose_job_was_lost_is_finished_by_the_clock(app, client, form):
    client.post(URL, json=form)
    lose_jobs(app)
    make_old(app, form["slug"])
    with app.app_context():
        duties.hand_out()
    work(app)
    assert client.get(f"{URL}/{form['slug']}").json["status"] == "active"


def test_sign_up_worked_off_twice_opens_once(app, client, form):
    client.post(URL, json=form)
    work(app)
    with app.app_context(), db.engines["platform"].connect() as connection:
        found = connection.execute(text("SELECT id, key FROM platform.tenant WHERE slug = :s"), {"s": form["slug"]}).one()
        service.activate(found.id)
        again = connection.execute(text("SELECT id, key FROM platform.tenant WHERE slug = :s"), {"s": form["slug"]}).one()
    assert again == found


def test_sign_up_for_a_taken_slug_is_refused(client, form):
    client.post(URL, json=form)
    refused = client.post(URL, json={**form, "phone": "19900000078"})
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (409, "name_taken", "slug")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "www"}, "slug"),
        ({"slug": "-x"}, "slug"),
        ({"phone": "123"}, "phone"),
        ({"password": "short"}, "password"),
        ({"retailer": " "}, "retailer"),
        ({"role": "owner"}, "role"),
    ],
)
def test_sign_up_with_bad_input_names_the_field(client, form, change, field):
    refused = client.post(URL, json={**form, **change})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, field)


def test_sign_up_status_of_an_unknown_slug_is_not_found(client):
    answer = client.get(f"{URL}/nobody-here")
    assert (answer.status_code, answer.json["code"]) == (404, "signup_not_found")


def test_duties_are_handed_out_once_per_period_however_many_clocks(app):
    with app.app_context():
        for _ in range(3):
            duties.hand_out()
        waiting = Queue("core", connection=jobs.connection(), serializer=JSONSerializer).job_ids
    handed_out = [job for job in waiting if job.startswith("duty-")]
    assert len(handed_out) == len(set(handed_out))
    assert {"duty-lost_signups", "duty-spare_schemas", "duty-operator_leftovers"} <= set(handed_out)


def test_refilling_spares_makes_schemas_ready(app, owner):
    with app.app_context():
        service.refill_spares()
        service.refill_spares()
    assert provision.spares_ready(owner, HISTORY) >= service.FEW_SPARES
