"""What a plugin may do to the core: small protocols, bound in `create_app`."""

from __future__ import annotations

from typing import Protocol


class OrderHolds(Protocol):
    """Keep a paid order from being handed out until a condition of yours is met."""

    def hold(self, order_id: int, source: str, code: str, message: str) -> None:
        """Write a hold in the current transaction; a second call with the same code does nothing."""

    def release(self, order_id: int, source: str, code: str) -> None:
        """Lift it; releasing what is not held does nothing."""
