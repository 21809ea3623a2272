"""Codes as RFC 6238 has them, each of them once; recovery codes that survive being typed."""

from __future__ import annotations

import re
from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest

from core import totp

SECRET = b32encode(b"12345678901234567890").decode()
MOMENT = datetime.fromtimestamp(1_111_111_109, UTC)
STEP = 1_111_111_109 // 30


@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")],
)
def test_vectors_of_the_standard_match(second, code):
    assert totp.matching_step(SECRET, code, datetime.fromtimestamp(second, UTC), 0) == second // 30


@pytest.mark.parametrize(("late", "step"), [(-61, None), (-30, STEP), (0, STEP), (30, STEP), (61, None)])
def test_code_is_good_one_step_early_and_late(late, step):
    assert totp.matching_step(SECRET, "081804", MOMENT + timedelta(seconds=late), 0) == step


def test_code_of_a_step_that_was_used_is_refused():
    assert totp.matching_step(SECRET, "081804", MOMENT, STEP - 1) == STEP
    assert totp.matching_step(SECRET, "081804", MOMENT, STEP) is None


@pytest.mark.parametrize("typed", ["081 804", " 081804 ", "081-804"])
def test_blanks_in_a_code_do_not_count(typed):
    assert totp.matching_step(SECRET, typed, MOMENT, 0) == STEP


@pytest.mark.parametrize("typed", ["", "81804", "0818040", "08180a", "０８１８０４", "081804\x00"])
def test_what_is_no_code_is_refused(typed):
    assert totp.matching_step(SECRET, typed, MOMENT, 0) is None


def test_uri_names_shop_and_account():
    assert totp.provisioning_uri(SECRET, "19900000000", "邢台超市") == (
        f"otpauth://totp/%E9%82%A2%E5%8F%B0%E8%B6%85%E5%B8%82:19900000000?secret={SECRET}"
        "&issuer=%E9%82%A2%E5%8F%B0%E8%B6%85%E5%B8%82"
    )


def test_qr_code_is_an_svg_that_a_strict_policy_lets_stand():
    svg = totp.qr_svg(totp.provisioning_uri(totp.new_secret(), "19900000000", "邢台超市"))
    assert svg.startswith("<svg ")
    assert "viewBox" in svg
    assert re.search(r"<script|style=|<style|\bon\w+=|https?://(?!www\.w3\.org)", svg) is None


def test_secrets_differ_and_have_160_bits():
    assert len({totp.new_secret() for _ in range(50)}) == 50
    assert len(totp.new_secret()) == 32


def test_recovery_codes_are_ten_and_readable():
    codes = totp.new_recovery_codes()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}", code) for code in codes)


def test_recovery_code_is_known_however_it_is_typed():
    prints = {totp.recovery_print(typed) for typed in ("abcd-efgh-jkmn-pqrs", " ABCD efgh jkmn pqrs", "abcdefghjkmnpqrs")}
    assert prints == {totp.recovery_print("abcd-efgh-jkmn-pqrs")}
    assert totp.recovery_print("abcd-efgh-jkmn-pqrt") not in prints
