"""Storefront blocks, server side: asks plugins, checks what they say, draws it for the client's block level."""

from core.host.blocks.asking import drawing, page, rendered, slots, speakers
from core.host.blocks.drawing import CORE, PAGE_BLOCKS, PAGE_BYTES, Drawing
from core.host.blocks.errors import Misfit
from core.host.blocks.vocabulary import standard

__all__ = [
    "CORE",
    "PAGE_BLOCKS",
    "PAGE_BYTES",
    "Drawing",
    "Misfit",
    "drawing",
    "page",
    "rendered",
    "slots",
    "speakers",
    "standard",
]
