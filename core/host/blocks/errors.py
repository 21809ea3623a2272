from __future__ import annotations


class Misfit(Exception):
    """A block, page or reply does not fit the protocol; the message says what and where, for the plugin's author."""
