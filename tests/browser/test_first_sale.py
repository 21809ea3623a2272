"""From nothing to the first sale: sign up, open a store, put up goods, enter the keys, sell, pick, hand over, refund.

The merchant works in a browser; the shopper, whose mini-program is another front end, speaks HTTP to the same server.
"""

from __future__ import annotations

import secrets
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from core.data.demologin import PASSWORD
from core.host import jobs
from simulator.testing import Remote
from tenants import provision
from tests.browser.desk import Desk

CONSENT = "2026-01"


class Phone:
    """A shopper's phone: the storefront's API of one shop, and WeChat's wallet."""

    def __init__(self, port: int, slug: str, wechat: Remote, appid: str) -> None:
        self.base, self.host = f"http://127.0.0.1:{port}/store/api/v1", f"{slug}.localhost"
        self.wechat, self.appid, self.token = wechat, appid, ""
        code = wechat.login(appid, "neighbour")
        self.openid = code["openid"]
        self.token = self.ask("POST", "/login", {"code": code["code"], "consent_version": CONSENT})["token"]

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"Host": self.host, "Idempotency-Key": f"phone-{secrets.token_hex(8)}"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        answer = requests.request(method, f"{self.base}{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, (path, answer.status_code, answer.text)
        return answer.json() if answer.content else {}

    def buy(self, store_id: str, sku_id: str, quantity: str) -> str:
        """Order for pickup and pay; the order's number."""
        wanted = {"store_id": store_id, "fulfilment": "pickup", "lines": [{"sku_id": sku_id, "quantity": quantity}]}
        number = self.ask("POST", "/orders", wanted)["number"]
        params = self.ask("POST", f"/orders/{number}/pay")["params"]
        assert self.wechat.pay(params, self.openid)["errMsg"] == "requestPayment:ok"
        self.wechat.wait()
        return number


@pytest.fixture
def new_shop(page: Page, port: int, app) -> Desk:
    """A retailer who has just signed up and logged in for the first time."""
    slug = f"s{provision.new_key()[:12]}"
    page.goto(f"http://localhost:{port}/signup")
    for name, value in {"retailer": "桥西便民超市", "slug": slug, "phone": "19900000078", "password": PASSWORD}.items():
        page.fill(f"[name={name}]", value)
    page.click("#form button")
    page.wait_for_url(f"**/signup/{slug}")
    jobs.work(app, jobs.QUEUES, burst=True)
    page.click("text=登录商家后台")
    page.fill("[name=phone]", "19900000078")
    page.fill("[name=password]", PASSWORD)
    page.click("#form button")
    page.wait_for_url("**/console/start")
    return Desk(page, f"http://{slug}.localhost:{port}")


def fill(page: Page, **values: str) -> None:
    """Fill the form and send it; `zones__0__fee_fen` stands for `zones.0.fee_fen`."""
    for name, value in values.items():
        field = page.locator(f'#form [name="{name.replace("__", ".")}"]').first
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.locator("#form .form-end button").first.click()


def test_from_sign_up_to_the_first_sale_and_back(new_shop: Desk, port: int, wechat: Remote):
    desk, page = new_shop, new_shop.page
    slug = desk.base.split("//")[1].split(".")[0]
    expect(page.locator("main")).to_contain_text("0 / 7")

    page.click("text=去建门店")
    fill(page, code="QX01", name="桥西店", district_code="130503", address="中兴西大街 1 号", phone="0319-0000001",
         longitude="114.487", latitude="37.069", opens_at="07:30", closes_at="21:30")
    page.wait_for_url("**/console/stores")

    desk.go("/console/products/new")
    fill(page, title="纯牛奶", skus__0__spec="250ml", skus__0__unit="盒", skus__0__list_price_fen="12.80")
    page.wait_for_url("**/console/products/1")
    desk.go("/console/stock/1/1/receive")
    fill(page, quantity="10")

    account = wechat.provision(f"wx{secrets.token_hex(8)}", name="桥西便民超市")
    desk.go("/console/payments/apps/new")
    fill(page, appid=account["appid"], secret=account["secret"], name="桥西便民超市")
    page.wait_for_url("**/console/payments")
    desk.go("/console/payments/account")
    fill(page, appid=account["appid"], mchid=account["mchid"], cert_serial_no=account["cert_serial_no"],
         private_key_pem=account["private_key_pem"], apiv3_key=account["apiv3_key"],
         wxpay_public_key_id=account["wxpay_public_key_id"], wxpay_public_key_pem=account["wxpay_public_key_pem"])
    page.wait_for_url("**/console/payments")

    phone = Phone(port, slug, wechat, account["appid"])
    number = phone.buy("1", "1", "2")
    desk.go(f"/console/orders/{number}")
    expect(page.locator("main")).to_contain_text("¥25.60")
    desk.go("/console/pickup")
    page.click("text=备好了")
    page.wait_for_load_state()
    page.keyboard.type(phone.ask("GET", f"/orders/{number}")["pickup_code"])
    page.keyboard.press("Enter")
    page.click("button:has-text('确认交付')")
    page.wait_for_selector("text=交付成功")

    desk.go(f"/console/orders/{number}/refund")
    fill(page, reason="少了一盒")
    desk.go(f"/console/orders/{number}")
    expect(page.locator("main")).to_contain_text("退款")
    desk.go("/console/start")
    expect(page.locator("main")).to_contain_text("5 / 7")

