"""What the page shows of outputs that need a script."""

from __future__ import annotations

import time
from typing import Any

import html_export
import nbformat
import pytest
import static_outputs

from tests.emr.runs import code, document

PLOTLY = """<div>                        <script type="text/javascript">window.PlotlyConfig = {};</script>
        <script charset="utf-8" src="https://cdn.plot.ly/plotly-3.0.1.min.js"></script>
        <div id="c1" class="plotly-graph-div" style="height:525px; width:100%;"></div>
        <script type="text/javascript">if (document.getElementById("c1")) { Plotly.newPlot("c1", []) }</script></div>"""
ALTAIR = """<style>#altair-viz-1.vega-embed { width: 100%; }</style>
<div id="altair-viz-1"></div>
<script type="text/javascript">var VEGA_DEBUG = {};</script>"""
FOLIUM = """<div style="width:100%;"><div style="position:relative;"><span style="color:#565656">Make this Notebook \
Trusted to load map: File -> Trust Notebook</span><iframe srcdoc="&lt;html&gt;" allowfullscreen></iframe></div></div>"""
INTERACTIVE = "An interactive output, which is not shown on this page."


def page(**data: Any) -> str:
    """The body of a page with one output."""
    cell = code("chart") | {"outputs": [{"output_type": "display_data", "metadata": {}, "data": data}]}
    made = html_export.html(nbformat.reads(document([cell]).decode(), as_version=4), "x")
    return made[made.index("<main") :]


@pytest.mark.parametrize(
    "data",
    [
        {"text/html": PLOTLY, "application/vnd.plotly.v1+json": {"data": []}},
        {"application/vnd.plotly.v1+json": {"data": []}},
        {"text/html": ALTAIR, "text/plain": "alt.Chart(...)"},
        {"text/html": FOLIUM, "text/plain": "<folium.folium.Map at 0x7f>"},
    ],
    ids=["plotly", "plotly of VS Code", "altair", "folium"],
)
def test_a_chart_that_needs_a_script_is_said_not_to_be_shown(data: dict[str, Any]) -> None:
    shown = page(**data)
    assert INTERACTIVE in shown
    assert "<script" not in shown
    assert "<iframe" not in shown
    assert "525px" not in shown


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        ({"text/html": PLOTLY, "image/png": "iVBORw0KGgo="}, "data:image/png;base64,iVBORw0KGgo="),
        ({"text/html": f"<p>total: 7</p>{ALTAIR}"}, "total: 7"),
        ({"text/html": "<table><tr><td></td></tr></table><script>1</script>"}, "<table>"),
        ({"text/html": "<b>bold</b>"}, "<b>bold</b>"),
        ({"text/html": "<b>x</b><script>never ends"}, "<b>x</b>"),
        ({static_outputs.WIDGET: {"model_id": "a"}, "text/plain": "IntSlider(value=7)"}, "IntSlider(value=7)"),
        ({"application/vnd.dataresource+json": {}, "text/plain": "a  b"}, "a  b"),
        ({"text/plain": "7"}, "7"),
    ],
)  # fmt: skip
def test_what_can_be_seen_without_is_shown(data: dict[str, Any], seen: str) -> None:
    shown = page(**data)
    assert seen in shown
    assert INTERACTIVE not in shown


@pytest.mark.parametrize("text", ["<script>", "<iframe <", "<script></script>", "<!--", "<style>", "<", "<b"])
def test_the_work_grows_with_the_text_alone(text: str) -> None:
    started = time.process_time()
    static_outputs.is_empty(static_outputs.without_scripts(text * 200_000))
    static_outputs.is_empty((text * 20_000)[: static_outputs.MAX_EMPTY])
    assert time.process_time() - started < 5
