"""Identifiers shaped like WeChat's (spec §4.16), repeatable for one seed."""

import hashlib
import itertools
import string

from simulator.clock import shanghai

_BASE62 = string.ascii_letters + string.digits


class Ids:
    """Seeded source of identifiers. ``boot`` changes at every start so that a restart repeats none."""

    def __init__(self, seed: str, boot: int):
        self._prefix = f"{seed}/{boot}"
        self._counter = itertools.count(1)

    def _number(self) -> int:
        text = f"{self._prefix}/{next(self._counter)}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")

    def digits(self, length: int) -> str:
        """Decimal digits."""
        return str(self._number())[-length:]

    def hex(self, length: int) -> str:
        """Lower-case hex digits, at most 64."""
        return f"{self._number():064x}"[-length:]

    def word(self, length: int) -> str:
        """Letters and digits, at most 40."""
        return base62(self._number(), length)

    def transaction_id(self, at: float) -> str:
        """28 digits starting 4200."""
        return f"4200{self.digits(6)}{shanghai(at):%Y%m%d}{self.digits(10)}"

    def refund_id(self, at: float) -> str:
        """29 digits starting 50."""
        return f"50{self.digits(9)}{shanghai(at):%Y%m%d}{self.digits(10)}"

    def prepay_id(self, at: float) -> str:
        """``wx`` + ddHHMMSS + hex, 36 characters."""
        return f"wx{shanghai(at):%d%H%M%S}{self.hex(26)}"

    def event_id(self) -> str:
        """A notify's id, shaped like a UUID."""
        text = self.hex(32)
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def base62(number: int, length: int) -> str:
    """The lowest ``length`` base-62 digits of a number."""
    letters = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        letters.append(_BASE62[rest])
    return "".join(letters)


def openid_of(seed: str, appid: str, person: str) -> str:
    """``o`` + 27 characters; the same person has another openid in every app."""
    digest = hashlib.sha256(f"{seed}/openid/{appid}/{person}".encode()).digest()
    return "o" + base62(int.from_bytes(digest, "big"), 27)


def unionid_of(seed: str, person: str) -> str:
    """``u`` + 27 characters; one per person."""
    digest = hashlib.sha256(f"{seed}/unionid/{person}".encode()).digest()
    return "u" + base62(int.from_bytes(digest, "big"), 27)


def phone_of(person: str) -> str:
    """A mobile number that passes a shop's format check; the same person keeps it."""
    digest = hashlib.sha256(f"phone/{person}".encode()).digest()
    return "19900" + str(int.from_bytes(digest, "big"))[-6:]
