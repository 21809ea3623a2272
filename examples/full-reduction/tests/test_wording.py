from __future__ import annotations

import pytest
from builders import line, rule
from jishi_fullreduction.domain import Basis, Gift, Level, Mode, missing
from jishi_fullreduction.wording import hint, label, yuan


@pytest.mark.parametrize(("fen", "text"), [(6000, "60"), (850, "8.5"), (899, "8.99"), (5, "0.05"), (10000, "100")])
def test_yuan_has_no_zeros_at_its_end(fen, text):
    assert yuan(fen) == text


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (rule(Level(6000, off_fen=800)), "满60元减8元"),
        (rule(Level(10000, off_fen=1000), mode=Mode.EVERY), "每满100元减10元"),
        (rule(Level(3, percent=88), basis=Basis.PIECES), "满3件打8.8折"),
        (rule(Level(2, percent=90), basis=Basis.PIECES), "满2件打9折"),
        (rule(Level(9900, free_shipping=True)), "满99元包邮"),
        (rule(Level(9900, off_fen=500, gift=Gift(1, "抽纸", 2))), "满99元减5元、送抽纸×2"),
    ],
)
def test_label_says_threshold_and_benefit(found, text):
    assert label(found, found.levels[0]) == text


def test_hint_says_what_to_add():
    (amount,) = missing([rule(Level(6000, off_fen=800))], [line(1, 5680)])
    (pieces,) = missing([rule(Level(3, percent=90), basis=Basis.PIECES)], [line(1, 100)])
    assert (hint(amount), hint(pieces)) == ("再买 ¥3.2，减8元", "再买 2 件，打9折")
