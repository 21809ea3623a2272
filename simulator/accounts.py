"""Merchants, apps and the platform's keys under ``/_sim/*``."""

from flask import Blueprint

from simulator import control, crypto
from simulator.errors import ControlError
from simulator.models import App, Merchant
from simulator.schema import Flag, Many, Record, Text, Whole
from simulator.state import State

_NAME = Text(1, 32, r"[0-9A-Za-z_\-]+")
_REQUIRED = Text(1, 32, r"[0-9A-Za-z_\-]+", required=True)
_PEM = Text(64)
APIV3_KEY = Text(32, 32, r"[!-~]{32}")
VERIFY_MODE = Text(choices=("pubkey", "cert"))
_MERCHANT = Record({
    "mchid": _REQUIRED, "appids": Many(_NAME), "kind": Text(choices=("direct", "sp", "sub")), "sp_mchid": _NAME,
    "apiv3_key": APIV3_KEY, "cert_pem": _PEM, "public_key_pem": _PEM, "serial_no": Text(1, 64),
    "verify_mode": VERIFY_MODE, "name": Text(0, 64), "replace": Flag(),
})
_CHANGE = Record({
    "apiv3_key": APIV3_KEY, "appids": Many(_NAME), "verify_mode": VERIFY_MODE,
    "notify_mode": Text(choices=("auto", "manual")), "disabled": Flag(), "fee_rate_bp": Whole(0, 1000),
    "name": Text(0, 64),
})
_APP = Record({
    "appid": _REQUIRED, "secret": Text(1, 64, required=True), "name": Text(0, 64), "trade_managed": Flag(),
    "pages": Many(Text(1, 128)), "unionid": Flag(),
})
_ROTATE = Record({"overlap": Flag()})


class Accounts:
    """The part of the merchant console that a test needs."""

    def __init__(self, state: State):
        self._state = state
        self._store = state.store

    def create(self, body: dict) -> Merchant:
        """Register a merchant's public half; the same again is the same, another key is 409."""
        data = {k: v for k, v in body.items() if k != "replace"}
        data = {"kind": "direct"} | data | self._key_fields(data)
        return self.register(data, body.get("replace", False))

    def register(self, data: dict, replace: bool) -> Merchant:
        """Insert or update; raises 409 KEY_DIFFERS when another key is known and ``replace`` is false."""
        with self._store.change():
            self._check_provider(data)
            known = self._store.get(Merchant, data["mchid"])
            if known and not replace and data.get("public_key_pem") not in (None, "", known.public_key_pem):
                raise ControlError(409, "KEY_DIFFERS", f"merchant {known.mchid} has another key; pass replace")
            row = known or Merchant(data["mchid"], data["kind"])
            for name, value in data.items():
                setattr(row, name, value)
            self._store.save(row)
        return row

    def change(self, body: dict, mchid: str) -> Merchant:
        """Change what the merchant console lets one change."""
        row = self._store.get(Merchant, mchid)
        if row is None:
            raise ControlError(404, "NO_MERCHANT", f"no merchant {mchid}")
        with self._store.change():
            for name, value in body.items():
                setattr(row, name, value)
            self._store.save(row)
        return row

    def save_app(self, body: dict) -> App:
        """Insert or update a mini-program."""
        with self._store.change():
            row = self._store.get(App, body["appid"]) or App(body["appid"], body["secret"])
            for name, value in body.items():
                setattr(row, name, value)
            self._store.save(row)
        return row

    def merchants(self) -> dict:
        """All merchants, public halves only."""
        return {"merchants": self._store.all(Merchant)}

    def apps(self) -> dict:
        """All mini-programs."""
        return {"apps": self._store.all(App)}

    def keys(self) -> dict:
        """What a merchant downloads from the console to verify WeChat's signatures."""
        keys = self._state.keys
        return {"public_key_id": keys.public_key_id, "public_key_pem": keys.public_key_pem,
                "certificates": keys.certificates()}

    def rotate(self, body: dict) -> dict:
        """New platform keys; with an overlap the previous ones stay valid."""
        self._state.keys.rotate(body.get("overlap", True))
        return self.keys()

    def _key_fields(self, data: dict) -> dict:
        if data.get("kind") == "sub":
            return {}
        try:
            return read_key(data)
        except ValueError as error:
            raise ControlError(400, "BAD_KEY", "cert_pem or public_key_pem must hold an RSA key in PEM") from error

    def _check_provider(self, data: dict) -> None:
        if data["kind"] != "sub":
            return
        provider = self._store.get(Merchant, data.get("sp_mchid", ""))
        if provider is None or provider.kind != "sp":
            raise ControlError(400, "NO_PROVIDER", "a sub-merchant needs the sp_mchid of a provider")


def read_key(data: dict) -> dict:
    """public_key_pem in canonical form and serial_no; raises ValueError."""
    if data.get("cert_pem"):
        public, serial = crypto.read_certificate(data["cert_pem"])
        return {"public_key_pem": public, "serial_no": serial}
    public = crypto.public_pem(crypto.public_key(data.get("public_key_pem", "")))
    if not data.get("serial_no"):
        raise ControlError(400, "MISSING_FIELD", "/serial_no: needed with public_key_pem")
    return {"public_key_pem": public}


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    accounts = Accounts(state)
    control.mount(blueprint, "POST", "/_sim/merchants", accounts.create, _MERCHANT)
    control.mount(blueprint, "GET", "/_sim/merchants", accounts.merchants)
    control.mount(blueprint, "PATCH", "/_sim/merchants/<mchid>", accounts.change, _CHANGE)
    control.mount(blueprint, "POST", "/_sim/apps", accounts.save_app, _APP)
    control.mount(blueprint, "GET", "/_sim/apps", accounts.apps)
    control.mount(blueprint, "GET", "/_sim/keys", accounts.keys)
    control.mount(blueprint, "POST", "/_sim/keys/rotate", accounts.rotate, _ROTATE)
