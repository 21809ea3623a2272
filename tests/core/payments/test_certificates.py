"""Platform certificates are asked for every hour and kept as a new version of the profile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, text

from core.clock import now, travel
from core.db import db
from core.payments import certificates, profiles
from core.wechat.keys import certificates_until
from tenants.models import PlatformSetting
from tests.core.payments.conftest import profile_data

HOUR = 3601


@pytest.fixture
def in_certificate_mode(shop, wechat):
    account = wechat.provision(shop.appid, verify_mode="cert")
    wechat.call("PATCH", f"merchants/{account['mchid']}", {"verify_mode": "cert"})
    known = [entry["cert_pem"] for entry in wechat.get("keys")["certificates"]]
    no_key = {"public_key_id": None, "public_key_pem": None}
    with shop.bound():
        profiles.save_profile(profile_data(account) | no_key | {"verify_mode": "cert", "platform_certs": known})
        db.session.commit()
        yield known


def versions():
    rows = db.session.execute(text("SELECT platform_certs, certs_until FROM payment_profile ORDER BY version")).all()
    db.session.rollback()
    return [(tuple(certs), until) for certs, until in rows]


def test_nothing_new_keeps_the_version(in_certificate_mode):
    before = versions()
    assert certificates.renew_due() is False
    with travel(HOUR):
        assert certificates.renew_due() is False
        assert versions() == before
        assert next_due() > now() + timedelta(minutes=59)


def next_due():
    found = db.session.execute(text(certificates.NEXT_DUE)).scalar()
    db.session.rollback()
    return found


def test_rotated_certificate_becomes_a_new_version(in_certificate_mode, wechat):
    before = profiles.profile_version()
    wechat.post("keys/rotate")
    with travel(HOUR):
        assert certificates.renew_due() is True
    renewed, until = versions()[-1]
    assert len(versions()) == 2
    assert {entry["cert_pem"].strip() for entry in wechat.get("keys")["certificates"]} == {c.strip() for c in renewed}
    assert until == certificates_until(renewed)
    assert profiles.profile_version() > before
    with travel(HOUR):
        assert certificates.renew_due() is False


def test_wechat_out_of_reach_keeps_what_is_there(in_certificate_mode, wechat):
    wechat.post("keys/rotate")
    wechat.fault("500", {"path": "^/v3/certificates"}, times=1)
    with travel(HOUR):
        assert certificates.renew_due() is False
    assert len(versions()) == 1


def test_public_key_mode_has_nothing_to_renew(paying):
    with paying.shop.bound():
        assert next_due() is None
        with travel(HOUR):
            assert certificates.renew_due() is False


def test_the_platforms_own_certificates_are_renewed(app, wechat):
    account = wechat.provision("wxprovider0000001", verify_mode="cert")
    known = [entry["cert_pem"] for entry in wechat.get("keys")["certificates"]]
    public = {name: account[name] for name in ("appid", "mchid", "cert_serial_no")}
    with app.app_context():
        secret = {name: account[name] for name in ("private_key_pem", "apiv3_key")}
        profiles.save_provider(public | {"verify_mode": "cert", "platform_certs": known}, secret)
        wechat.post("keys/rotate")
        try:
            certificates.renew_provider()
            value = db.session.get(PlatformSetting, profiles.PROVIDER).value
            assert len(value["platform_certs"]) == len(wechat.get("keys")["certificates"])
            assert certificates.renew_provider() is None
        finally:
            db.session.execute(delete(PlatformSetting))
            db.session.commit()
