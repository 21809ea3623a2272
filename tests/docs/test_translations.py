"""The English is complete, and what is compiled is what is written (`make translations`)."""

from __future__ import annotations

import re
from functools import cache

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from core.scaffold.translations import CATALOGUES, catalogue, folder, untranslated

written_anew = cache(catalogue)
_NAMED = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize("owner", CATALOGUES)
def test_every_text_has_its_english(owner: str):
    assert untranslated(written_anew(owner)) == []


@pytest.mark.parametrize("owner", CATALOGUES)
def test_catalogue_holds_the_texts_of_the_code_and_is_compiled(owner: str):
    written = {str(m.id): m.string for m in read_po((folder(owner) / "messages.po").open("rb"), locale="en") if m.id}
    compiled = {str(m.id): m.string for m in read_mo((folder(owner) / "messages.mo").open("rb")) if m.id}
    assert sorted(written.keys() ^ {str(m.id) for m in written_anew(owner) if m.id}) == []
    assert compiled == written


@pytest.mark.parametrize("owner", CATALOGUES)
def test_translations_keep_the_places_of_values(owner: str):
    wrong = [
        (message.id, message.string)
        for message in written_anew(owner)
        if message.id and (
            sorted(_NAMED.findall(message.id)) != sorted(_NAMED.findall(message.string))
            or message.id.count("{}") != message.string.count("{}")
        )
    ]
    assert wrong == []
