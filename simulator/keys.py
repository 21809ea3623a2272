"""The platform's own keys: one public-key pair and certificates, current and previous (spec §4.2, §4.14)."""

from dataclasses import dataclass

from simulator import crypto
from simulator.ids import Ids
from simulator.models import Merchant, Meta
from simulator.store import Store

_NAME = "platform_keys"


@dataclass(frozen=True)
class Signer:
    """``serial`` is what ``Wechatpay-Serial`` says."""

    serial: str
    private_pem: str

    def sign(self, timestamp: str, nonce: str, body: bytes) -> str:
        """Signature over the three lines of a response or notify."""
        return crypto.sign(self.private_pem, timestamp, nonce, body)


class Keys:
    """Newest first in both lists; only listed keys are valid."""

    def __init__(self, store: Store, ids: Ids):
        self._store = store
        self._ids = ids
        self._value = self._stored() or self._make()

    @property
    def public_key_id(self) -> str:
        return self._value["pairs"][0]["id"]

    @property
    def public_key_pem(self) -> str:
        return crypto.public_of(self._value["pairs"][0]["private"])

    @property
    def signing_pem(self) -> str:
        """The private key that issues merchant certificates."""
        return self._value["pairs"][-1]["private"]

    def certificates(self) -> list[dict]:
        """Valid platform certificates, newest first: serial_no, cert_pem. Made at first need."""
        if not self._value["certs"]:
            self._value["certs"] = [self._new_certificate()]
            self._save()
        return [{"serial_no": cert["id"], "cert_pem": cert["cert"]} for cert in self._value["certs"]]

    def rotate(self, overlap: bool) -> None:
        """New keys of both kinds; the previous ones stay valid only with an overlap."""
        kept = 1 if overlap else 0
        self.certificates()
        self._value = {
            "pairs": [self._new_pair(), *self._value["pairs"][:kept]],
            "certs": [self._new_certificate(), *self._value["certs"][:kept]],
        }
        self._save()

    def signer(self, merchant: Merchant, switched: bool = False) -> Signer:
        """The key that signs for a merchant: the one it named last when that is still valid, else the newest."""
        pubkey = (merchant.verify_mode == "pubkey") != switched
        if not pubkey:
            self.certificates()
        known = self._value["pairs" if pubkey else "certs"]
        chosen = next((entry for entry in known if entry["id"] == merchant.serial_seen), known[0])
        return Signer(chosen["id"], chosen["private"])

    def _stored(self) -> dict | None:
        row = self._store.get(Meta, _NAME)
        return row and row.value

    def _make(self) -> dict:
        self._value = {"pairs": [self._new_pair()], "certs": []}
        self._save()
        return self._value

    def _save(self) -> None:
        with self._store.change():
            self._store.save(Meta(_NAME, self._value))

    def _new_pair(self) -> dict:
        return {"id": f"PUB_KEY_ID_01{self._ids.digits(26)}", "private": crypto.new_private_key()}

    def _new_certificate(self) -> dict:
        private = crypto.new_private_key()
        cert, serial = crypto.issue_certificate(crypto.public_of(private), private, "Simulator pay platform")
        return {"id": serial, "private": private, "cert": cert}
