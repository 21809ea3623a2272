"""``POST /_sim/provision``: everything one tenant needs, in one call; the private key is shown once."""

from flask import Blueprint, request

from simulator import control, crypto
from simulator.accounts import APIV3_KEY, VERIFY_MODE, Accounts
from simulator.errors import ControlError
from simulator.models import App, Merchant
from simulator.schema import Flag, Record, Text
from simulator.state import State

_NAME = Text(1, 32, r"[0-9A-Za-z_\-]+")
_BODY = Record({
    "appid": Text(1, 32, r"[0-9A-Za-z_\-]+", required=True), "mode": Text(choices=("direct", "partner")),
    "mchid": _NAME, "sub_mchid": _NAME, "sp_appid": _NAME, "secret": Text(1, 64), "name": Text(0, 64),
    "apiv3_key": APIV3_KEY, "public_key_pem": Text(64), "cert_pem": Text(64), "serial_no": Text(1, 64),
    "verify_mode": VERIFY_MODE, "replace": Flag(),
})


class Provisioning:
    """Registers an app and its merchant (direct), or provider, sub-merchant and app (partner)."""

    def __init__(self, state: State):
        self._state = state
        self._store = state.store
        self._accounts = Accounts(state)

    def provision(self, body: dict) -> dict:
        """The payment profile of spec §1. Same mchid with the same key, or none, answers the same again."""
        partner = body.get("mode", "direct") == "partner"
        with self._store.change():
            app = self._app(body["appid"], body)
            return self._partner(body, app) if partner else self._direct(body, app)

    def _direct(self, body: dict, app: App) -> dict:
        mchid = body.get("mchid") or self._free_mchid("16", app.appid)
        merchant, private = self._signer(body, mchid, "direct", app.appid)
        return self._profile("direct", app, merchant, private)

    def _partner(self, body: dict, app: App) -> dict:
        sp_mchid = body.get("mchid") or "1900000109"
        provider = self._store.get(Merchant, sp_mchid)
        sp_app = self._app(body.get("sp_appid") or (provider.appids[0] if provider else f"wxsp{sp_mchid}"), {})
        merchant, private = self._signer(body, sp_mchid, "sp", sp_app.appid)
        sub_mchid = body.get("sub_mchid") or self._free_mchid("18", app.appid)
        known = self._store.get(Merchant, sub_mchid)
        self._accounts.register({
            "mchid": sub_mchid, "kind": "sub", "sp_mchid": sp_mchid, "name": body.get("name", ""),
            "appids": _with(known, app.appid),
        }, False)
        return self._profile("partner", sp_app, merchant, private) | {
            "sub_mchid": sub_mchid, "sub_appid": app.appid, "secret": app.secret,
        }

    def _app(self, appid: str, body: dict) -> App:
        known = self._store.get(App, appid)
        secret = body.get("secret") or (known.secret if known else self._state.ids.hex(32))
        name = body.get("name") or (known.name if known else "")
        return self._accounts.save_app({"appid": appid, "secret": secret, "name": name})

    def _free_mchid(self, prefix: str, appid: str) -> str:
        """The merchant this app already has of this kind, else a new number."""
        kind = {"16": "direct", "18": "sub"}[prefix]
        for merchant in self._store.all(Merchant):
            if merchant.kind == kind and appid in merchant.appids:
                return merchant.mchid
        return prefix + self._state.ids.digits(8)

    def _signer(self, body: dict, mchid: str, kind: str, appid: str) -> tuple[Merchant, str | None]:
        known = self._store.get(Merchant, mchid)
        if known and known.kind != kind:
            raise ControlError(409, "KIND_DIFFERS", f"merchant {mchid} is {known.kind}")
        keys, private = self._keys(body, known, mchid)
        data = {
            "mchid": mchid, "kind": kind, "appids": _with(known, appid),
            "apiv3_key": body.get("apiv3_key") or (known.apiv3_key if known else self._state.ids.word(32)),
            "verify_mode": body.get("verify_mode") or (known.verify_mode if known else "pubkey"),
        }
        if kind == "direct" and body.get("name"):
            data["name"] = body["name"]
        return self._accounts.register(data | keys, body.get("replace", False)), private

    def _keys(self, body: dict, known: Merchant | None, mchid: str) -> tuple[dict, str | None]:
        given = {name: body[name] for name in ("public_key_pem", "cert_pem", "serial_no") if name in body}
        if given.get("cert_pem"):
            public, serial = crypto.read_certificate(given["cert_pem"])
            return {"cert_pem": given["cert_pem"], "public_key_pem": public, "serial_no": serial}, None
        if given.get("public_key_pem"):
            return self._certified(crypto.public_pem(crypto.public_key(given["public_key_pem"])), known, body), None
        if known and not body.get("replace"):
            return {}, None
        private = crypto.new_private_key()
        return self._issued(crypto.public_of(private), mchid), private

    def _certified(self, public: str, known: Merchant | None, body: dict) -> dict:
        if known and known.public_key_pem == public:
            return {"serial_no": body.get("serial_no", known.serial_no)}
        issued = self._issued(public, body.get("mchid", "merchant"))
        return issued | ({"serial_no": body["serial_no"]} if "serial_no" in body else {})

    def _issued(self, public: str, mchid: str) -> dict:
        cert, serial = crypto.issue_certificate(public, self._state.keys.signing_pem, mchid)
        return {"public_key_pem": public, "cert_pem": cert, "serial_no": serial}

    def _profile(self, mode: str, app: App, merchant: Merchant, private: str | None) -> dict:
        return {
            "mode": mode,
            "appid": app.appid,
            "secret": app.secret,
            "mchid": merchant.mchid,
            "sub_mchid": None,
            "sub_appid": None,
            "cert_serial_no": merchant.serial_no,
            "cert_pem": merchant.cert_pem,
            "private_key_pem": private,
            "apiv3_key": merchant.apiv3_key,
            "verify_mode": merchant.verify_mode,
            "wxpay_public_key_pem": self._state.keys.public_key_pem,
            "wxpay_public_key_id": self._state.keys.public_key_id,
            "base_url": request.host_url.rstrip("/"),
        }


def _with(known: Merchant | None, appid: str) -> list[str]:
    appids = known.appids if known else []
    return appids if appid in appids else [*appids, appid]


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    control.mount(blueprint, "POST", "/_sim/provision", Provisioning(state).provision, _BODY)
