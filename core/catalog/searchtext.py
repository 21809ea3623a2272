"""Search by Chinese words and parts of them, by pinyin and by initials, on plain PostgreSQL (商品搜索).

A product's search document is a `tsvector` that we fill ourselves: for every place where a shopper could begin to
type (each Han character, each word) it holds the text from there on, once in Chinese, once in pinyin and once in
initials. "Contains what was typed" is then a prefix match of a lexeme, which a core GIN index answers exactly: no
extension, no locale, and one- and two-character queries are as fast as long ones.

Weights say where the text stood: A at the head of the title (or just behind the brand), B elsewhere in the title,
C in brand and keywords, D in category and spec. A lexeme that begins with `=` is the whole title.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice

from core.catalog.barcode import lookup_forms
from core.catalog.folding import fold, half_width, is_han, tokens
from core.catalog.lexemes import HAN_WINDOW, TITLE_WINDOW, WORD_WINDOW, beginnings, spelling, whole

MAX_QUERY_CHARS = 64
MAX_QUERY_TERMS = 8

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/#-]{2,63}")


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """What is stored for a product. `vector` is the literal of the tsvector column.

    `text` is the folded text of all fields; `pinyin` and `initials` spell the title (a sort key by name is `pinyin`).
    """

    text: str
    pinyin: str
    initials: str
    vector: str


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A parsed query: every one of `terms` must be found in a product.

    `codes` are the forms under which the whole query may be an SKU code or a barcode: look these up first. The
    properties are tsquery literals for `core.catalog.searchsql`, from wide to narrow.
    """

    text: str
    terms: tuple[str, ...]
    codes: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not self.terms

    @property
    def match(self) -> str:
        """Anywhere, longer Chinese terms also in two or three pieces (金龙鱼大米 finds 金龙鱼东北大米)."""
        return _all_of(map(_in_pieces, self.terms))

    @property
    def named(self) -> str:
        """Title, brand or keywords hold every term as typed."""
        return _all_of(_prefix(term, "ABC") for term in self.terms)

    @property
    def titled(self) -> str:
        """The title holds every term as typed."""
        return _all_of(_prefix(term, "AB") for term in self.terms)

    @property
    def head(self) -> str:
        """The title begins with the first term and holds the others."""
        return _all_of([_prefix(self.terms[0], "A"), *(_prefix(term, "AB") for term in self.terms[1:])])

    @property
    def whole(self) -> str:
        """The title is what was typed, in characters, pinyin or initials."""
        return f"'={''.join(self.terms)[:TITLE_WINDOW]}'"


def search_document(
    title: str, keywords: str = "", brand: str = "", category: str = "", spec: str = ""
) -> SearchDocument:
    """What to store for a product; `category` holds the names of its path and `keywords` words, split by blanks."""
    title, keywords, brand, category, spec = map(fold, (title, keywords, brand, category, spec))
    weights = dict.fromkeys(_everywhere([*category.split(), spec]), "D")
    weights.update(dict.fromkeys(_everywhere([*keywords.split(), brand]), "C"))
    weights.update(dict.fromkeys(_everywhere([title]), "B"))
    weights.update(dict.fromkeys(_heads(title, brand), "A"))
    vector = " ".join(f"'{lexeme}':1{weight}" for lexeme, weight in weights.items())
    text = " ".join(filter(None, (title, keywords, brand, category, spec)))
    return SearchDocument(text, *spelling(title), vector)


def parse_query(q: str) -> SearchQuery:
    """What a shopper typed or scanned. Never fails: of nothing but punctuation the query is empty."""
    typed = " ".join(q[:MAX_QUERY_CHARS].split())
    text = fold(typed)
    terms = dict.fromkeys(term for piece in text.split() for term in _terms(piece))
    return SearchQuery(text, tuple(islice(terms, MAX_QUERY_TERMS)), _codes(half_width(typed)))


def _everywhere(texts: Iterable[str]) -> Iterable[str]:
    return chain.from_iterable(place for text in texts for place in beginnings(text))


def _heads(title: str, brand: str) -> Iterable[str]:
    behind_brand = title.removeprefix(brand) if brand else ""
    heads = chain.from_iterable(place for text in (title, behind_brand) for place in beginnings(text)[:1])
    return chain(heads, (f"={text}" for text in whole(title) if text))


def _codes(typed: str) -> tuple[str, ...]:
    if not _CODE.fullmatch(typed):
        return ()
    return tuple(dict.fromkeys((typed, typed.upper(), typed.lower(), *lookup_forms(typed))))


def _terms(piece: str) -> list[str]:
    """Han runs as they stand; letters and digits that touch each other stay one term (`500ml`)."""
    terms: list[str] = []
    end = -1
    for token in tokens(piece):
        if token.start == end and not is_han(token.text) and not is_han(terms[-1]):
            terms[-1] += token.text
        else:
            terms.append(token.text)
        end = token.end
    return terms


def _all_of(parts: Iterable[str]) -> str:
    return " & ".join(parts)


def _prefix(term: str, weights: str = "") -> str:
    if not is_han(term):
        return f"'{term[:WORD_WINDOW]}':*{weights}"
    pieces = [term[i : i + HAN_WINDOW] for i in range(0, len(term), HAN_WINDOW)]
    return _all_of(f"'{piece}':*{weights}" for piece in pieces)


def _in_pieces(term: str) -> str:
    ways = [_prefix(term), *(_all_of(map(_prefix, pieces)) for pieces in _splits(term))]
    return ways[0] if len(ways) == 1 else f"({' | '.join(ways)})"


def _splits(term: str) -> list[tuple[str, ...]]:
    """Three characters in two pieces; from four on pieces of at least two, two of them and from six on three."""
    size = len(term)
    if not is_han(term) or not 3 <= size <= HAN_WINDOW:
        return []
    if size == 3:
        return [(term[:1], term[1:]), (term[:2], term[2:])]
    twos = [(term[:i], term[i:]) for i in range(2, size - 1)]
    threes = [(term[:i], term[i:j], term[j:]) for i in range(2, size - 3) for j in range(i + 2, size - 1)]
    return twos + threes
