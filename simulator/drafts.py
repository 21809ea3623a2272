"""The signed and encrypted notify message, and the faults that bend it (spec §4.2, §4.3, §4.8, §7.5)."""

import time
from dataclasses import dataclass, field

import orjson

from simulator import crypto
from simulator.clock import rfc3339
from simulator.keys import Signer
from simulator.mishaps import flip, probe
from simulator.models import Fault, Merchant, Notify
from simulator.state import State

_SUMMARY = {
    "TRANSACTION.SUCCESS": "支付成功",
    "REFUND.SUCCESS": "退款成功",
    "REFUND.ABNORMAL": "退款异常",
    "REFUND.CLOSED": "退款关闭",
}


@dataclass
class Draft:
    """A notify on its way out. ``changes`` maps fault names to their arguments."""

    notify: Notify
    signer: Signer
    apiv3_key: str
    nonce: str
    changes: dict[str, dict] = field(default_factory=dict)

    def message(self) -> tuple[bytes, dict[str, str]]:
        """``(body, headers)`` ready to be posted, fresh timestamp and signature."""
        body = self._body()
        headers = self._headers(body)
        if "tamper_body" in self.changes:
            body = body.replace(b'"resource_type"', b'"resource_typE"', 1)
        return body, headers

    def _body(self) -> bytes:
        notify = self.notify
        data = {
            "id": notify.id,
            "create_time": rfc3339(notify.created),
            "resource_type": "encrypt-resource",
            "event_type": notify.event,
            "summary": _SUMMARY[notify.event],
            "resource": self._resource(),
        }
        if "huge_body" in self.changes:
            data["summary"] = "长" * (int(self.changes["huge_body"].get("bytes", 2 << 20)) // 3)
        return orjson.dumps(data)

    def _resource(self) -> dict:
        notify = self.notify
        sealed = crypto.seal(self._key(), notify.nonce, notify.kind, orjson.dumps(self._plain()))
        if "bad_aes_tag" in self.changes:
            sealed = flip(sealed)
        return {
            "original_type": notify.kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": sealed,
            "associated_data": notify.kind,
            "nonce": notify.nonce,
        }

    def _key(self) -> str:
        return self.apiv3_key[::-1][:31] + "!" if "wrong_apiv3_key" in self.changes else self.apiv3_key

    def _plain(self) -> dict:
        plain = self.notify.resource
        if "amount_mismatch" not in self.changes:
            return plain
        amount = dict(plain["amount"])
        amount["total"] += int(self.changes["amount_mismatch"].get("diff_fen", 1))
        return plain | {"amount": amount}

    def _headers(self, body: bytes) -> dict[str, str]:
        stamp = str(int(time.time() + self._shift()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Mozilla/4.0",
            "Accept": "*/*",
            "Request-ID": self.notify.id.upper(),
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": self.nonce,
            "Wechatpay-Signature": self._signature(stamp, body),
            "Wechatpay-Serial": self._serial(),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }
        if "missing_sigtype" in self.changes:
            del headers["Wechatpay-Signature-Type"]
        return headers

    def _shift(self) -> float:
        shift = float(self.changes.get("clock_skew", {}).get("seconds", 0))
        if "old_timestamp" in self.changes:
            shift -= float(self.changes["old_timestamp"].get("seconds", 86400))
        if "future_timestamp" in self.changes:
            shift += float(self.changes["future_timestamp"].get("seconds", 3600))
        return shift

    def _signature(self, stamp: str, body: bytes) -> str:
        signature = self.signer.sign(stamp, self.nonce, body)
        if "sigtest_probe" in self.changes:
            return probe(signature)
        return flip(signature) if "tamper_signature" in self.changes else signature

    def _serial(self) -> str:
        if "wrong_serial" in self.changes:
            return "7132D72A03E93CDDF8C03BBD1F37EEDF" + self.notify.id[:8].upper()
        if "unknown_pub_key_id" in self.changes:
            return "PUB_KEY_ID_0100000000000000000000000000"
        return self.signer.serial


def draft(state: State, notify: Notify, faults: list[Fault]) -> Draft:
    """A draft for the merchant whose keys the notify uses."""
    merchant = state.store.get(Merchant, notify.mchid)
    changes = {fault.fault: fault.args for fault in faults}
    signer = state.keys.signer(merchant, "switch_verify_mode" in changes)
    return Draft(notify, signer, merchant.apiv3_key, state.ids.word(32), changes)
