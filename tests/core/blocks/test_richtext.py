"""Rich text that would like to be a program."""

from __future__ import annotations

import pytest

from core.host.blocks.richtext import clean
from core.plugin.build import B
from tests.core.blocks.schema_facts import drawing

ATTACKS = [
    ("<script>alert(1)</script>", ""),
    ("<p>hi<script src=//evil/x.js></script></p>", "<p>hi</p>"),
    ("<img src=x onerror=alert(1)>", "<img>"),
    ('<img src="javascript:alert(1)">', "<img>"),
    ('<img src="data:image/svg+xml;base64,AAAA">', "<img>"),
    ('<img src="//evil/x.png">', "<img>"),
    ('<img src="/\\evil/x.png">', "<img>"),
    ('<img src="http://evil/x.png">', "<img>"),
    ('<img src="https://cdn.example/x.png" srcset="https://evil/x 2x">', '<img src="https://cdn.example/x.png">'),
    ('<img src="/media/p.webp" alt="梨">', '<img src="/media/p.webp" alt="梨">'),
    ('<a href="javascript:alert(1)">x</a>', "x"),
    ('<a href="https://evil">x</a>', "x"),
    ('<iframe src="https://evil"></iframe>', ""),
    ('<object data="x"></object><embed src="x">', ""),
    ("<svg><script>alert(1)</script></svg>", ""),
    ("<svg/onload=alert(1)>", ""),
    ("<math><mi//xlink:href='data:x,<script>alert(4)</script>'>", ""),
    ('<p style="background:url(//evil)" class="fixed" id="top">x</p>', "<p>x</p>"),
    ("<style>*{display:none}</style>x", "x"),
    ("<!-- <script>alert(1)</script> -->x", "x"),
    ('<form action="https://evil"><input name="code"></form>', ""),
    ("<p onclick=alert(1)>x</p>", "<p>x</p>"),
    ("<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt&gt;alert(1)ipt&gt;"),
    ("<td colspan=2 rowspan=9999>x</td>", "x"),
    ("<table><tr><td colspan=2 rowspan=9999>x</td></tr></table>",
     '<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>'),
    ("<h3>规则</h3><ul><li><strong>2</strong> 件</li></ul>", "<h3>规则</h3><ul><li><strong>2</strong> 件</li></ul>"),
    ("<p>unclosed", "<p>unclosed</p>"),
]  # fmt: skip


@pytest.mark.parametrize(("html", "left"), ATTACKS)
def test_rich_text_keeps_what_is_on_the_list(html: str, left: str):
    assert clean(html) == left


def test_rich_text_is_cleaned_in_a_block():
    [drawn] = drawing().blocks([B.rich_text(html="<p>a<script>b</script></p>")])
    assert drawn["props"] == {"html": "<p>a</p>"}


def test_rich_text_is_cleaned_in_a_patch():
    assert drawing().patch("rules", {"html": "<img src=x onerror=y>"}) == {
        "id": "club-rules", "props": {"html": "<img>"}
    }  # fmt: skip


def test_rich_text_that_is_too_long_is_left_out():
    draw = drawing()
    assert draw.blocks([B.rich_text(html="x" * 20_001)]) == []
    assert draw.faults == ["rich-text.html: more than 20000 characters"]
