from __future__ import annotations

import json

from chalicelib.notebooks import highlighting, preview


def cells(*sources: tuple[str, str]) -> list[preview.Cell]:
    document = {"nbformat": 4, "cells": [{"cell_type": kind, "source": source} for kind, source in sources]}
    return preview.shown(json.dumps(document).encode())


def test_cells_are_numbered_as_the_runner_numbers_them() -> None:
    shown = cells(("code", "a = 1"), ("code", "  \n"), ("markdown", "Words"), ("code", "b = 2"))
    assert [cell.number for cell in shown] == [1, None, None, 2]


def test_markdown_is_rendered_below_the_headings_of_the_page() -> None:
    (cell,) = cells(("markdown", "# Flights\n\nby *carrier*"))
    assert cell.html == "<h3>Flights</h3>\n<p>by <em>carrier</em></p>\n"


def test_nothing_in_a_notebook_becomes_a_tag_or_a_script() -> None:
    evil = "<script>alert(1)</script> <img src=x onerror=alert(1)> [a](javascript:alert(1)) ![b](javascript:alert(1))"
    for kind in ("markdown", "code", "raw"):
        (cell,) = cells((kind, evil))
        assert "<script" not in cell.html
        assert "<img" not in cell.html
        assert 'href="javascript' not in cell.html


def test_code_is_coloured_and_nothing_of_it_is_lost() -> None:
    html = highlighting.coloured('%pip install x\nfor n in range(2):  # <two>\n    print(f"a\\"{n}", 1.5)\n')
    assert '<span class="code-magic">%pip install x</span>' in html
    assert '<span class="code-keyword">for</span>' in html
    assert '<span class="code-builtin">range</span>' in html
    assert '<span class="code-comment"># &lt;two&gt;</span>' in html
    assert '<span class="code-string">f&#34;a\\&#34;{n}&#34;</span>' in html
    assert '<span class="code-number">1.5</span>' in html
    assert html.striptags().replace(" ", "") == '%pipinstallxfornin range(2):#<two>print(f"a\\"{n}",1.5)'.replace(
        " ", ""
    )


def test_a_string_that_never_ends_does_not_stop_the_page() -> None:
    assert highlighting.coloured("\\'''" * 4_000).unescape() is not None
    long = "x = '" * 10_000
    assert highlighting.coloured(long) == long.replace("'", "&#39;")


def paragraphs(*texts: str | None, **note: object) -> list[preview.Cell]:
    return preview.shown(json.dumps({"paragraphs": [{"text": text} for text in texts]} | note).encode())


def test_paragraphs_of_a_note_are_numbered_as_the_runner_numbers_them() -> None:
    shown = paragraphs("%md\n# Words", None, "%pyspark\nx = 1")
    assert [(cell.kind, cell.number, cell.label) for cell in shown] == [("markdown", 1, ""), ("code", 3, "3")]
    assert shown[0].html == "<h3>Words</h3>\n"


def test_paragraphs_show_their_interpreter_and_code_in_its_language() -> None:
    python, sql, shell, scala, default = paragraphs(
        "%spark.pyspark\nfor x in y:", "%sql(limit=3)\nselect 1 -- <one>", "%sh\nif true; then echo $# # all\nfi",
        "%spark val x = 1 // one", "def x = 1",
    )  # fmt: skip
    assert python.html.startswith(
        '<span class="code-magic">%spark.pyspark</span>\n<span class="code-keyword">for</span>'
    )
    assert sql.html.startswith(
        '<span class="code-magic">%sql(limit=3)</span>\n<span class="code-keyword">select</span>'
    )
    assert '<span class="code-comment">-- &lt;one&gt;</span>' in sql.html
    assert "$# <span" in shell.html
    assert '<span class="code-comment"># all</span>' in shell.html
    assert '<span class="code-keyword">val</span>' in scala.html
    assert '<span class="code-comment">// one</span>' in scala.html
    assert default.html.startswith('<span class="code-keyword">def</span>')
    assert '<span class="code-builtin">print</span>' in paragraphs("print(1)", defaultInterpreterGroup="python")[0].html


def test_nothing_in_a_note_becomes_a_tag_or_a_script() -> None:
    evil = "<script>alert(1)</script> <img src=x onerror=alert(1)> [a](javascript:alert(1))"
    for head in ("%md", "%sql", "%sh", "%spark", '%sql(x="<script>")', ""):
        (cell,) = paragraphs(f"{head}\n{evil}")
        assert "<script" not in cell.html
        assert "<img" not in cell.html
        assert 'href="javascript' not in cell.html


def test_a_title_that_the_note_shows_is_shown() -> None:
    entries = [
        {"text": "%md\nWords", "title": "One <b>", "config": {"title": True}},
        {"text": "%md\nWords", "title": "Hidden", "config": {"title": False}},
        {"text": "%md\nWords", "title": "Old"},
    ]
    title, *bodies = preview.shown(json.dumps({"paragraphs": entries}).encode())
    assert title.html == "<p><strong>One &lt;b&gt;</strong></p>"
    assert [cell.number for cell in bodies] == [1, 2, 3]
