"""The control API and the process around it (wechat.md §7.1, §7.2)."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from simulator import crypto
from simulator.testing import Refused, running

ROOT = str(Path(__file__).resolve().parents[2])


def test_provision_shows_the_private_key_once(sim):
    first = sim.provision("wxp1", mchid="1600000101", name="小店")
    again = sim.provision("wxp1", mchid="1600000101")
    assert first["private_key_pem"].startswith("-----BEGIN PRIVATE KEY-----")
    assert again == first | {"private_key_pem": None}
    assert sim.provision("wxp1")["mchid"] == "1600000101"
    assert "PRIVATE" not in str(sim.get("merchants"))


def test_provision_with_own_key_is_idempotent_and_refuses_another(sim):
    mine, stranger = (crypto.public_of(crypto.new_private_key()) for _ in range(2))
    first = sim.provision("wxp2", mchid="1600000102", public_key_pem=mine)
    assert first["private_key_pem"] is None
    assert sim.provision("wxp2", mchid="1600000102", public_key_pem=mine) == first
    with pytest.raises(Refused) as refused:
        sim.provision("wxp2", mchid="1600000102", public_key_pem=stranger)
    assert (refused.value.status, refused.value.error) == (409, "KEY_DIFFERS")
    replaced = sim.provision("wxp2", mchid="1600000102", public_key_pem=stranger, replace=True)
    assert replaced["cert_serial_no"] != first["cert_serial_no"]


def test_provision_of_two_partners_shares_the_provider(sim):
    first, second = (sim.provision(f"wxq{n}", mode="partner", sub_mchid=f"180000010{n}") for n in (1, 2))
    shared = ("appid", "mchid", "cert_serial_no", "apiv3_key")
    assert [first[name] for name in shared] == [second[name] for name in shared]
    assert (second["private_key_pem"], second["sub_mchid"], second["sub_appid"]) == (None, "1800000102", "wxq2")


def test_merchants_are_created_listed_and_changed(sim):
    public = crypto.public_of(crypto.new_private_key())
    row = {"mchid": "1600000103", "appids": ["wxp3"], "kind": "direct", "public_key_pem": public, "serial_no": "AB12"}
    assert sim.post("merchants", row)["serial_no"] == "AB12"
    assert sim.post("merchants", row)["verify_mode"] == "pubkey"
    assert sim.call("PATCH", "merchants/1600000103", {"verify_mode": "cert"})["verify_mode"] == "cert"
    assert "1600000103" in [merchant["mchid"] for merchant in sim.get("merchants")["merchants"]]


@pytest.mark.parametrize(("path", "body", "status", "error"), [
    ("merchants", {"mchid": "1"}, 400, "BAD_KEY"),
    ("merchants", {"mchid": "1", "public_key_pem": "x" * 64, "serial_no": "1"}, 400, "BAD_KEY"),
    ("merchants", {"mchid": "1", "kind": "sub", "sp_mchid": "nobody"}, 400, "NO_PROVIDER"),
    ("merchants", {"mchid": "1", "apiv3_key": "short"}, 400, "OUT_OF_RANGE"),
    ("provision", {"appid": "a", "surprise": 1}, 400, "UNKNOWN_FIELD"),
    ("provision", {}, 400, "MISSING_FIELD"),
    ("apps", {"appid": "a", "secret": 1}, 400, "WRONG_TYPE"),
    ("wallet/login", {"appid": "nobody"}, 404, "NO_APP"),
    ("notifies/nobody/resend", {}, 404, "NO_NOTIFY"),
    ("clock", {"advance_seconds": -1}, 400, "OUT_OF_RANGE"),
    ("settings", {"notify_mode": "sometimes"}, 400, "OUT_OF_RANGE"),
])
def test_control_refusals(sim, path, body, status, error):
    with pytest.raises(Refused) as refused:
        sim.post(path, body)
    assert (refused.value.status, refused.value.error) == (status, error)


def test_control_refuses_what_is_not_json(sim):
    response = requests.post(f"{sim.url}/_sim/apps", data=b"{", timeout=5)
    assert (response.status_code, response.json()["error"]) == (400, "BAD_JSON")


def test_reset_keeps_accounts_unless_all(shop):
    with running() as own:
        own.provision("wxr", mchid="1600000104")
        own.login("wxr", "张三")
        own.advance(100)
        own.post("reset")
        assert (len(own.get("merchants")["merchants"]), own.get("clock")["offset_seconds"]) == (1, 0)
        own.post("reset", {"all": True})
        assert (own.get("merchants")["merchants"], own.get("users")["users"]) == ([], [])


def test_same_seed_gives_the_same_openids():
    def openid(seed):
        with running(seed=seed) as own:
            own.post("apps", {"appid": "wxs", "secret": "s"})
            return own.login("wxs", "张三")["openid"]

    assert (openid("7") == openid("7"), openid("7") == openid("8")) == (True, False)


@pytest.mark.parametrize(("page", "word"), [("ui", "微信模拟器"), ("cashier", "模拟收银台")])
def test_pages_load_nothing_from_elsewhere(sim, page, word):
    response = requests.get(f"{sim.url}/_sim/{page}", timeout=5)
    assert (response.status_code, response.headers["X-Simulator"], word in response.text) == (200, "1", True)
    assert "http" not in response.text.replace("http-equiv", "")


def test_cashier_shows_amount_and_merchant(shop):
    prepay_id = shop.order("C00000001")[1]["prepay_id"]
    assert shop.sim.get("wallet/prepay", prepay_id=prepay_id) == {
        "out_trade_no": "C00000001", "description": "可口可乐 330ml×6 🥤", "total_fen": 1990, "state": "NOTPAY",
        "merchant": "集市一号店", "openid": shop.openid,
    }


def test_wallet_may_be_called_from_another_origin(sim):
    answer = requests.options(f"{sim.url}/_sim/wallet/pay", timeout=5)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")


def test_process_refuses_an_address_that_is_not_loopback():
    command = [sys.executable, "-m", "simulator", "--port", "0", "--host", "0.0.0.0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (done.returncode, "not loopback" in done.stderr) == (2, True)


def test_malformed_http_is_answered_with_400(sim):
    host, port = sim.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_dumps_are_filtered_and_limited_to_the_newest(shop):
    for number in range(3):
        shop.order(f"L{number:08d}")
    assert shop.sim.get("orders", limit=2)["total"] == 3
    assert [row["out_trade_no"] for row in shop.sim.get("orders", limit=2)["orders"]] == ["L00000001", "L00000002"]
    assert shop.sim.get("orders", mchid="1600000002") == {"orders": [], "total": 0}
    assert shop.sim.get("orders", out_trade_no="L00000000", state="NOTPAY")["total"] == 1
