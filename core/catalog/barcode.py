"""Barcodes of articles (条码) and the labels that the shop's own scales print (称重码)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.catalog.folding import half_width
from core.errors import Invalid

KINDS = {8: "EAN-8", 12: "UPC-A", 13: "EAN-13", 14: "ITF-14"}
WEIGHED_PREFIX = "21"
MAX_LABEL_FEN = 99_999

_WEIGHED = re.compile(rf"{WEIGHED_PREFIX}(\d{{5}})(\d{{5}})\d", re.ASCII)
_HYPHEN = re.compile(r"(?<=\d)-(?=\d)")


class BarcodeError(Invalid):
    """What was typed or scanned is not a barcode, or its check digit is wrong (422)."""

    code = "barcode_invalid"


class BarcodeCheckDigitError(BarcodeError):
    """`extra["expected"]` is the check digit that would be right."""

    code = "barcode_check_digit"


@dataclass(frozen=True, slots=True)
class Barcode:
    """A checked barcode: its digits, and `EAN-8`, `UPC-A`, `EAN-13` or `ITF-14`."""

    value: str
    kind: str


@dataclass(frozen=True, slots=True)
class WeighedLabel:
    """A scale's amount label: which article (`plu`, five digits) and what this piece costs."""

    code: str
    plu: str
    amount_fen: int


def check_digit(body: str) -> int:
    """GS1 modulo 10 of the digits without the check digit: weights 3, 1, 3 … from the right."""
    total = sum(int(digit) * (3 if i % 2 == 0 else 1) for i, digit in enumerate(reversed(body)))
    return -total % 10


def parse_barcode(text: str, field: str = "barcode") -> Barcode:
    """The barcode that was typed: blanks and hyphens between digits are dropped, full-width digits taken.

    Raises BarcodeError when it isn't 8, 12, 13 or 14 digits, BarcodeCheckDigitError when its last digit is wrong.
    """
    digits = _HYPHEN.sub("", half_width(text))
    if not (digits.isascii() and digits.isdigit()):
        raise BarcodeError(f"条码“{text[:40]}”含有数字以外的字符，请只填条码下方的数字", field=field)
    if len(digits) not in KINDS:
        raise BarcodeError(
            f"条码“{digits[:40]}”有 {len(digits)} 位，应为 8、12、13 或 14 位，请核对是否漏填或多填", field=field
        )
    expected = check_digit(digits[:-1])
    if int(digits[-1]) != expected:
        raise BarcodeCheckDigitError(
            f"条码“{digits}”校验位不对：最后一位应为 {expected}，请对照包装重新录入", field=field, expected=expected
        )
    return Barcode(digits, KINDS[len(digits)])


def lookup_forms(text: str) -> tuple[str, ...]:
    """The forms under which the article of a scanned code may be stored, the scanned one first; () if it's no code.

    A UPC-A is an EAN-13 that begins with 0, and an ITF-14 that begins with 0 is the EAN-13 behind it; scanners
    report either.
    """
    digits = half_width(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) in KINDS):
        return ()
    forms = {digits: None}
    if len(digits) != 8:
        article = digits.zfill(14)
        forms.update((article[cut:], None) for cut in (0, 1, 2) if not article[:cut].strip("0"))
    return tuple(forms)


def build_weighed(plu: str, amount_fen: int) -> str:
    """The amount label of a weighed piece: `21`, PLU, amount in fen (five digits), check digit.

    Raises BarcodeError for a PLU that isn't five digits or an amount outside 0 … 999.99 yuan.
    """
    if not re.fullmatch(r"\d{5}", plu, re.ASCII):
        raise BarcodeError(f"PLU“{plu[:40]}”应为 5 位数字", field="plu")
    if not 0 <= amount_fen <= MAX_LABEL_FEN:
        raise BarcodeError(f"称重码的金额应在 0 到 {MAX_LABEL_FEN} 分之间，现为 {amount_fen} 分", field="amount_fen")
    body = f"{WEIGHED_PREFIX}{plu}{amount_fen:05d}"
    return f"{body}{check_digit(body)}"


def parse_weighed(code: str) -> WeighedLabel | None:
    """What a scale's label says, None for any other code; raises BarcodeCheckDigitError for a damaged label."""
    digits = half_width(code)
    label = _WEIGHED.fullmatch(digits)
    if label is None:
        return None
    parse_barcode(digits)
    return WeighedLabel(digits, label[1], int(label[2]))
