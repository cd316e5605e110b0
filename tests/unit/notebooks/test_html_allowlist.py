"""HTML in notebooks' Markdown: what is harmless is shown, and nothing else gets through."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.notebooks import preview
from chalicelib.notebooks.html_allowlist import ATTRIBUTES, VOID
from chalicelib.notebooks.markdown import rendered

CASE = Path(__file__).parents[2] / "emr" / "cases" / "preview-html.ipynb"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("a<br>b", "<p>a<br>b</p>\n"),
        ("<center><h2>Title</h2></center>", '<div class="text-center"><h4>Title</h4></div>'),
        ("x<sub>1</sub> <kbd>Tab</kbd>", "<p>x<sub>1</sub> <kbd>Tab</kbd></p>\n"),
        ("<b>bold", "<p><b>bold</p>\n</b>"),
        ("</div></main>out", "out"),
        ("<p align='center' style='x' onclick=\"a\">t</p>", '<p class="text-center">t</p>'),
        ("<font color=red>t</font>", "<p>t</p>\n"),
        ('<a href="https://example.org/?a=1&amp;b" target=_blank>t</a>',
         '<p><a href="https://example.org/?a=1&amp;b" rel="noopener noreferrer nofollow">t</a></p>\n'),
        ("<a href='java&#115;cript:alert(1)'>t</a>", "<p><a>t</a></p>\n"),
        ("<script>alert(1)</script>after", "after"),
        ("a <script>alert(1)</script> b", "<p>a alert(1) b</p>\n"),
        ("<style>p {}</style>\n\nafter", "\n<p>after</p>\n"),
        ("<!-- a comment -->", ""),
        ("<iframe src='https://example.org'></iframe>", ""),
        ("<td colspan=2 rowspan='x'>t</td>", '<td colspan="2">t</td>'),
        ('![a](https://example.org/x.png "t")',
         '<p><a href="https://example.org/x.png" rel="noopener noreferrer nofollow">a</a></p>\n'),
        ('<img src="https://example.org/x.png" width="20">',
         '<a href="https://example.org/x.png" rel="noopener noreferrer nofollow">x.png</a>'),
        ('<img src="javascript:alert(1)" alt="no">', "<em>no</em>"),
        ("![a](figures/x.png)", "<p><em>a</em></p>\n"),
        (f"![a](data:image/png;base64,{PIXEL})", f'<p><img src="data:image/png;base64,{PIXEL}" alt="a"></p>\n'),
        ("![inside](attachment:dot.png)", f'<p><img src="data:image/png;base64,{PIXEL}" alt="inside"></p>\n'),
        ("![a](attachment:evil.svg)", "<p><em>a</em></p>\n"),
        ("![a](attachment:other.png)", "<p><em>a</em></p>\n"),
        ("An arrow: $\\rightarrow$", '<p>An arrow: <code class="math">→</code></p>\n'),
        ("$$\na_1 + b_2 \\le \\alpha\n$$", '<p><code class="math">a_1 + b_2 ≤ α</code></p>\n'),
        ("$5 and $6, or $ 7 $", "<p>$5 and $6, or $ 7 $</p>\n"),
        ("a $x$<b>$y$</b>", '<p>a <code class="math">x</code><b><code class="math">y</code></b></p>\n'),
    ],
)  # fmt: skip
def test_what_becomes_of(source: str, html: str) -> None:
    attachments = {"dot.png": {"image/png": PIXEL}, "evil.svg": {"image/svg+xml": "<svg onload=alert(1)>"}}
    assert rendered(source, attachments, below=2).strip("\n") == html.strip("\n")


def test_the_case() -> None:
    html = preview.shown(CASE.read_bytes())[0].html
    assert '<div class="text-center"><h4>Title</h4></div>' in html
    assert f'<img src="data:image/png;base64,{PIXEL}" alt="inside">' in html
    assert '<a href="https://example.org/x.png" rel="noopener noreferrer nofollow">x.png</a>' in html
    assert "→" in html
    assert "&lt;" not in html


class Strict(HTMLParser):
    """Notes every tag that is not allowed, or has what it may not have."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        allowed = {*ATTRIBUTES.get(tag, ()), "class", "rel", "href", "style"}
        if tag not in ATTRIBUTES or any(name not in allowed or name.startswith("on") for name, _ in attributes):
            self.wrong.append(self.get_starttag_text() or tag)
        for name, value in attributes:
            # markdown-it aligns a table's cells by style.
            if name == "style" and value not in ("text-align:left", "text-align:center", "text-align:right"):
                self.wrong.append(str(value))
            if name in ("href", "src") and ":" in (value or "").partition("/")[0]:
                scheme = (value or "").partition(":")[0].lower()
                if scheme not in ("http", "https", "mailto", "data") or (scheme == "data" and tag != "img"):
                    self.wrong.append(str(value))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            self.open.reverse()
            self.open.remove(tag)
            self.open.reverse()
        else:
            self.wrong.append(f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"<!--{data}")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.wrong.append(data)

    def handle_pi(self, data: str) -> None:
        self.wrong.append(data)


PARTS = st.sampled_from(
    [
        "<script>", "</script>", "<b", ">", "<", "</", "<img src=", "<a href=", "'", '"', "javascript:alert(1)", " onerror=", "=",
        " ", "\n", "\n\n", "![x](", "[x](", ")", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE", "<svg/onload=",
        "<div>", "</div>", "<table><td>", "`", "$", "&lt;", "&#60;", "\\", "<math>", "<style>", "</style>", "<p>", "</p>",
        "data:text/html,", "\x00", "é", "x",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PARTS, max_size=14).map("".join))
def test_nothing_else_gets_through(source: str) -> None:
    parser = Strict()
    parser.feed(rendered(source, {"x": {"image/png": '"><script>'}}, below=2))
    parser.close()
    assert parser.wrong == []
    assert parser.open == []


def test_previews_of_raw_cells_and_code_show_tags_as_text() -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": kind, "metadata": {}, "source": "<b>x</b>"} for kind in ("raw", "code")
    ]
    content = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()
    assert all("&lt;" in cell.html and "<b>" not in cell.html for cell in preview.shown(content))
