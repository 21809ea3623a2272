"""How rules read to a shopper: `满60元减8元`, `再买 ¥3.20，减8元`."""

from __future__ import annotations

from .domain import Basis, Level, Missing, Mode, Rule


def yuan(fen: int) -> str:
    """`6000` → `60`, `850` → `8.5`, `899` → `8.99`."""
    return f"{fen // 100}.{fen % 100:02d}".rstrip("0").rstrip(".")


def benefit(level: Level) -> str:
    """What a level brings: `减8元、包邮`."""
    parts = (
        (level.off_fen > 0, f"减{yuan(level.off_fen)}元"),
        (level.percent < 100, f"打{yuan(level.percent * 10)}折"),
        (level.free_shipping, "包邮"),
        (level.gift is not None, f"送{gift_text(level)}"),
    )
    return "、".join(text for given, text in parts if given)


def label(rule: Rule, level: Level) -> str:
    """A level in one line: `满3件打9折`, `每满100元减10元`."""
    threshold = f"{yuan(level.at)}元" if rule.basis is Basis.AMOUNT else f"{level.at}件"
    return f"{'每满' if rule.mode is Mode.EVERY else '满'}{threshold}{benefit(level)}"


def hint(lack: Missing) -> str:
    """What to do to get more: `再买 ¥3.2，减8元`."""
    amount = f"¥{yuan(lack.amount)}" if lack.rule.basis is Basis.AMOUNT else f"{lack.amount} 件"
    return f"再买 {amount}，{benefit(lack.level)}"


def gift_text(level: Level) -> str:
    return f"{level.gift.name}×{level.gift.quantity}" if level.gift else ""
