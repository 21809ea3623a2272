"""The people and machines of the replay: staff at the console, a till, shoppers with WeChat's wallet."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.replay.http import Http, Refused

CONSOLE, STORE, OPEN = "/console/api/v1", "/store/api/v1", "/open/api/v1"
PAGE = 100
LOGIN_TRIES = 5
"""A code is good once: when the answer to it got lost, the next try needs a new one."""


class Staff:
    """Somebody at the console; logs in at the first call and again when the session ends."""

    def __init__(self, http: Http, phone: str, password: str) -> None:
        self._http = http
        self._credentials = {"phone": phone, "password": password}
        self._token: str | None = None
        self._lock = threading.Lock()

    def call(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
        """Raises Refused, Unreachable."""
        token = self._log_in(None)
        try:
            return self._http.call(method, CONSOLE + path, body, token=token, query=query)
        except Refused as refused:
            if refused.status != 401:
                raise
        return self._http.call(method, CONSOLE + path, body, token=self._log_in(token), query=query)

    def _log_in(self, worn_out: str | None) -> str:
        with self._lock:
            if self._token == worn_out:
                self._token = self._http.call("POST", f"{CONSOLE}/session", self._credentials)["token"]
            return str(self._token)

    def pages(self, path: str, query: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """All items of a list, page by page."""
        cursor = None
        while True:
            page = self.call("GET", path, query={**query, "limit": PAGE, **({"cursor": cursor} if cursor else {})})
            yield from page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return


@dataclass(frozen=True, slots=True)
class Till:
    """A till or ERP system with an API key."""

    http: Http
    key: str = field(repr=False)

    def call(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
        """Raises Refused, Unreachable."""
        return self.http.call(method, OPEN + path, body, token=self.key, query=query)

    def sku_ids(self, codes: set[str]) -> dict[str, str]:
        """The shop's ids of these SKU codes; those it doesn't have are missing."""
        found: dict[str, str] = {}
        cursor = None
        while len(found) < len(codes):
            page = self.call("GET", "/products", query={"limit": PAGE, **({"cursor": cursor} if cursor else {})})
            skus = (sku for product in page["items"] for sku in product["skus"])
            found.update({sku["code"]: sku["id"] for sku in skus if sku["code"] in codes})
            cursor = page.get("next_cursor")
            if cursor is None:
                break
        return found


@dataclass(frozen=True, slots=True)
class Wallet:
    """WeChat on the shopper's phone, played by the simulator."""

    http: Http
    appid: str

    def login_code(self, user: str) -> tuple[str, str]:
        """(code, openid) of wx.login."""
        answer = self.http.call("POST", "/_sim/wallet/login", {"appid": self.appid, "user": user})
        return answer["code"], answer["openid"]

    def phone_code(self, openid: str, phone: str) -> str:
        """The code of getPhoneNumber."""
        body = {"appid": self.appid, "openid": openid, "phone": phone}
        return self.http.call("POST", "/_sim/wallet/phone", body)["code"]

    def pay(self, params: Mapping[str, str], openid: str) -> str | None:
        """wx.requestPayment: None when it went through, else the reason why not."""
        return self.http.call("POST", "/_sim/wallet/pay", {**params, "openid": openid})["reason"]


@dataclass(frozen=True, slots=True)
class Member:
    number: str
    phone: str


@dataclass(frozen=True, slots=True)
class Shopper:
    """A member, logged in."""

    http: Http
    token: str = field(repr=False)
    openid: str

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Raises Refused, Unreachable."""
        return self.http.call(method, STORE + path, body, token=self.token, headers=headers)

    def place(self, store_id: str, lines: Sequence[tuple[str, int]], reference: str) -> dict[str, Any]:
        """Order for pickup; the same reference answers the same order."""
        body = {
            "store_id": store_id,
            "fulfilment": "pickup",
            "lines": [{"sku_id": sku_id, "quantity": str(quantity)} for sku_id, quantity in lines],
        }
        return self.call("POST", "/orders", body, {"Idempotency-Key": reference})

    def order(self, number: str) -> dict[str, Any]:
        return self.call("GET", f"/orders/{number}")


class Shoppers:
    """Logs members in when they first order: their WeChat account is bound to the phone the shop knows them by."""

    def __init__(self, http: Http, wallet: Wallet) -> None:
        self._http, self.wallet = http, wallet
        self._terms = http.call("GET", f"{STORE}/privacy")["version"]
        self._known: dict[str, Shopper] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, member: Member) -> Shopper:
        """The member, logged in; one login per member and run, however many threads ask."""
        with self._guard:
            lock = self._locks.setdefault(member.number, threading.Lock())
        with lock:
            if member.number not in self._known:
                shopper = self._log_in(member)
                self._bind_phone(shopper, member)
                self._known[member.number] = shopper
            return self._known[member.number]

    def _log_in(self, member: Member) -> Shopper:
        for last in _tries():
            code, openid = self.wallet.login_code(member.number)
            body = {"code": code, "appid": self.wallet.appid, "consent_version": self._terms}
            try:
                answer = self._http.call("POST", f"{STORE}/login", body)
                return Shopper(self._http, answer["token"], openid)
            except Refused:
                if last:
                    raise
        raise AssertionError

    def _bind_phone(self, shopper: Shopper, member: Member) -> None:
        for last in _tries():
            if shopper.call("GET", "/profile")["phone"] == member.phone:
                return
            code = self.wallet.phone_code(shopper.openid, member.phone)
            try:
                shopper.call("POST", "/phone", {"code": code})
            except Refused as refused:
                if last or refused.status == 409:
                    raise


def _tries() -> Iterable[bool]:
    """False for every try but the last."""
    return (number == LOGIN_TRIES for number in range(1, LOGIN_TRIES + 1))
