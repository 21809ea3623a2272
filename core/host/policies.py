"""What each hook may do and what its failure means: the one table that bus, guard and callers go by.

kind     a failing plugin …
DISPLAY  is left out; one that is slow again and again is not asked for a while
PRICE    makes the quote incomplete, the checkout answers 409
ASKED    must have its say: the caller takes the failure for an answer (a blocker, an export that is tried again)
WRITE    rolls back what the caller was about
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a hook's failure means."""

    DISPLAY = "display"
    PRICE = "price"
    ASKED = "asked"
    WRITE = "write"


class Sql(StrEnum):
    """What a hook may do with the database: nothing, read in a savepoint, or write in the caller's transaction."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Policy:
    """`offers`: the hook makes offers, so it is silent while its plugin is closing."""

    kind: Kind
    sql: Sql
    offers: bool = False


POLICIES = {
    "product_offers": Policy(Kind.DISPLAY, Sql.READ, offers=True),
    "load_for_cart": Policy(Kind.PRICE, Sql.READ, offers=True),
    "quote": Policy(Kind.PRICE, Sql.NONE, offers=True),
    "cart_problems": Policy(Kind.PRICE, Sql.READ, offers=True),
    "claim_for_order": Policy(Kind.WRITE, Sql.WRITE, offers=True),
    "order_panels": Policy(Kind.DISPLAY, Sql.READ),
    "storefront_blocks": Policy(Kind.DISPLAY, Sql.READ, offers=True),
    "storefront_page": Policy(Kind.DISPLAY, Sql.READ),
    "storefront_op": Policy(Kind.WRITE, Sql.WRITE),
    "storefront_block_kinds": Policy(Kind.DISPLAY, Sql.READ, offers=True),
    "dashboard_cards": Policy(Kind.DISPLAY, Sql.READ),
    "console_nav": Policy(Kind.DISPLAY, Sql.READ),
    "table_columns": Policy(Kind.DISPLAY, Sql.READ),
    "product_form_sections": Policy(Kind.DISPLAY, Sql.READ),
    "save_product_form": Policy(Kind.WRITE, Sql.WRITE),
    "on_enable": Policy(Kind.WRITE, Sql.WRITE),
    "on_disable": Policy(Kind.WRITE, Sql.WRITE),
    "closing_blockers": Policy(Kind.ASKED, Sql.READ),
    "buyer_data": Policy(Kind.ASKED, Sql.READ),
    "erase_buyer": Policy(Kind.WRITE, Sql.WRITE),
    "merge_buyers": Policy(Kind.WRITE, Sql.WRITE),
}

OFFERS = frozenset(hook for hook, policy in POLICIES.items() if policy.offers)
