"""The judge of notebooks: what it accepts is valid and runs, what it refuses it refuses in a sentence."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import ipynb
import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from papermill.iorw import load_notebook_node

from tests.emr.runs import code, document

CASES = Path(__file__).parent / "cases"
PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}
WORDS = {"cell_type": "markdown", "metadata": {}, "source": "# words"}


def notebook(*cells: Any, **changes: Any) -> bytes:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 4} | changes).encode()


def cell(**changes: Any) -> dict[str, Any]:
    return code("print(1)") | changes


def kernel(**kernelspec: Any) -> bytes:
    return notebook(cell(), metadata={"kernelspec": kernelspec})


ODD = {
    "cell id in 4.4": notebook(cell(id="a1")),
    "illegal cell id": notebook(cell(id="a:b"), nbformat_minor=5),
    "the same id twice": notebook(cell(id="a"), cell(id="a"), nbformat_minor=5),
    "an id like ours": notebook(cell(), cell(id="cell-1"), nbformat_minor=5),
    "an id that is too long": notebook(cell(id="a" * 65), nbformat_minor=5),
    "an id that is a number": notebook(cell(id=7), nbformat_minor=5),
    "no cell ids in 4.5": notebook(cell(), nbformat_minor=5),
    "an old output without metadata": notebook(cell(outputs=[{"output_type": "display_data", "data": {"text/plain": "x"}}])),
    "an old output of an unknown kind": notebook(cell(outputs=[{"output_type": "pyout"}])),
    "outputs that are none": notebook(cell(outputs="x")),
    "no outputs": notebook({"cell_type": "code", "metadata": {}, "source": "print(1)"}),
    "an execution count that is a text": notebook(cell(execution_count="7")),
    "a byte order mark": b"\xef\xbb\xbf" + notebook(cell()),
    "UTF-16": notebook(cell()).decode().encode("utf-16"),
    "a kernelspec without a name": kernel(display_name="Python 3"),
    "a kernelspec that is null": notebook(cell(), metadata={"kernelspec": None}),
    "language_info without a name": notebook(cell(), metadata={"language_info": {"version": "3.9"}}),
    "no metadata": notebook(cell(), metadata=None),
    "cells without metadata": notebook({"cell_type": "code", "source": "print(1)", "outputs": [], "execution_count": None}),
    "cell metadata that is null": notebook(cell(metadata=None)),
    "a minor version of the future": notebook(cell(), nbformat_minor=99),
    "no minor version": notebook(cell(), nbformat_minor=None),
    "no version": notebook(cell(), nbformat=None),
    "a version that is a text": notebook(cell(), nbformat="4"),
    "a member that nobody knows": notebook(cell(prompt_number=3, language="python"), signature="x"),
    "orig_nbformat that is null": notebook(cell(), metadata={"orig_nbformat": None}),
    "tags with a comma": notebook(cell(metadata={"tags": ["a,b", "a"]})),
    "tags that are a text": notebook(cell(metadata={"tags": "parameters"})),
    "tags that are numbers": notebook(cell(metadata={"tags": [1, None]})),
    "an empty name of a cell": notebook(cell(metadata={"name": ""})),
    "collapsed that is a text": notebook(cell(metadata={"collapsed": "true"})),
    "scrolled that is something else": notebook(cell(metadata={"scrolled": "always"})),
    "jupyter that is a text": notebook(cell(metadata={"jupyter": "x"})),
    "attachments of code": notebook(cell(attachments={})),
    "attachments that are none": notebook(cell(), WORDS | {"attachments": {"a.png": None, "b.png": {"image/png": ["x", "y"]}}}),
    "an unknown kind of cell": notebook(cell(), {"cell_type": "sql", "metadata": {}, "source": "SELECT 1"}),
    "a heading in format 4": notebook(cell(), {"cell_type": "heading", "level": 2, "metadata": {}, "source": "Title"}),
    "a source that is missing": notebook(cell(), {"cell_type": "raw", "metadata": {}}),
    "a source in lines": notebook(cell(source=["print(\n", "1)"])),
    "half a character": notebook(cell(source="print(1) # \ud800")),
    "papermill's notes of another run": notebook(cell(metadata={"papermill": "x"}), metadata={"papermill": 7}),
    "metadata that are too deep": notebook(cell(), metadata={"x": json.loads("[" * 400 + "]" * 400)}),
    "format 3": notebook(
        cells=None, nbformat=3, metadata={"name": ""},
        worksheets=[{"cells": [{"cell_type": "code", "input": ["print(", "1)"], "language": "python", "collapsed": False}]}],
    ),
    "format 2": notebook(cells=None, nbformat=2, worksheets=[{"cells": [{"cell_type": "code", "input": "print(1)"}]}]),
}  # fmt: skip


@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in ODD.items()])
def test_what_can_be_repaired_is_valid_afterwards_and_says_the_same(
    content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    judged = ipynb.read(content)
    assert any("print(" in cell["source"] for _, cell in ipynb.numbered(judged.cells))
    assert_valid(judged, caplog)


def assert_valid(judged: ipynb.Notebook, caplog: pytest.LogCaptureFixture) -> None:
    """As nbformat has it, and as papermill reads it; papermill only logs what is not valid."""
    node = nbformat.from_dict(judged.document)
    nbformat.validate(node)
    with caplog.at_level(logging.WARNING):
        load_notebook_node(node)
    assert not caplog.records
    json.dumps(judged.document, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("name", "repair"),
    [
        ("a byte order mark", "a byte order mark"),
        ("illegal cell id", "cell ids that the format does not allow"),
        ("a kernelspec without a name", "a kernelspec without a name"),
        ("cells without metadata", "cells without metadata"),
        ("format 3", "notebook format 3"),
        ("half a character", "characters that are not Unicode"),
        ("tags with a comma", "tags that the format does not allow"),
        ("an unknown kind of cell", "cells of an unknown kind, which are not run"),
    ],
)
def test_what_was_repaired_is_said(name: str, repair: str) -> None:
    assert ipynb.read(ODD[name]).repairs == (repair,)


def test_a_clean_notebook_stays_as_it_is() -> None:
    clean = nbformat.v4.new_notebook(
        metadata={"kernelspec": PYTHON, "language_info": {"name": "python"}, "mine": [1]},
        cells=[
            nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["parameters"], "jupyter": {"source_hidden": True}}),
            nbformat.v4.new_markdown_cell("![a](attachment:a.png)", attachments={"a.png": {"image/png": "x"}}),
            nbformat.v4.new_raw_cell("raw", metadata={"format": "text/latex"}),
        ],
    )
    judged = ipynb.read(nbformat.writes(clean).encode())
    assert (judged.repairs, judged.kernel) == ((), "python3")
    assert judged.document == clean


def test_what_an_earlier_run_left_is_gone() -> None:
    left = notebook(
        cell(metadata={"execution": {}, "mine": 1}), metadata={"papermill": {}, "widgets": {"state": {}}, "mine": 1}
    )
    judged = ipynb.read(left)
    assert (judged.document["metadata"], judged.cells[0]["metadata"]) == ({"mine": 1}, {"mine": 1})


def test_old_formats_become_what_nbformat_makes_of_them() -> None:
    old = nbformat.v3.new_notebook(
        metadata=nbformat.v3.new_metadata(name="old"),
        worksheets=[
            nbformat.v3.new_worksheet(
                cells=[
                    nbformat.v3.new_heading_cell("Title", level=2),
                    nbformat.v3.new_text_cell("markdown", "words"),
                    nbformat.v3.new_text_cell("html", "<b>bold</b>"),
                    nbformat.v3.new_code_cell("print(1)", prompt_number=3),
                ]
            )
        ],
    )
    converted = nbformat.convert(nbformat.from_dict(old), 4)
    judged = ipynb.read(json.dumps(old).encode())
    assert [(each["cell_type"], each["source"]) for each in judged.cells] == [
        (each.cell_type, each.source) for each in converted.cells
    ]


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}, "R"),
        ({"language_info": {"name": "scala"}}, "Scala"),
        ({"kernelspec": {"name": "julia-1.9", "display_name": "Julia"}}, "Julia"),
        ({"kernelspec": {"name": "SQL", "display_name": "SQL", "language": "sql"}}, "SQL"),
        ({"kernelspec": {"name": "sparkkernel", "display_name": "Spark", "language": ""}}, "Scala"),
        ({"kernelspec": {"name": "sparkrkernel", "language": ""}, "language_info": {"name": "sparkR"}}, "R"),
        ({"kernelspec": {"name": "spylon-kernel"}}, "Scala"),
        ({"kernelspec": {"name": "apache_toree_scala"}}, "Scala"),
        ({"kernelspec": {"name": "bash"}}, "Bash"),
        ({"kernelspec": {"name": ".net-csharp", "language": "C#"}}, "C#"),
        ({"application/vnd.databricks.v1+notebook": {"language": "scala"}}, "Scala"),
        ({}, ""),
        ({"language_info": {"name": "plaintext"}}, ""),
        ({"kernelspec": PYTHON}, ""),
        ({"kernelspec": {"name": "pysparkkernel", "language": ""}, "language_info": {"name": "pyspark"}}, ""),
        ({"kernelspec": {"name": "pysparkkernel", "language": "python"}}, ""),
        ({"kernelspec": {"name": "pyspark3kernel"}}, ""),
        ({"kernelspec": {"name": "conda-env-r-py"}}, ""),
        ({"kernelspec": {"name": "irenes-env", "display_name": "Python (irene)"}}, ""),
        ({"kernelspec": {"name": "x", "language": "Python"}}, ""),
        ({"kernelspec": {"name": "python2", "language": "python2"}}, ""),
        ({"kernelspec": 7, "language_info": []}, ""),
    ],
)  # fmt: skip
def test_other_languages_are_refused_by_name(metadata: dict[str, Any], language: str) -> None:
    assert ipynb.other_language(metadata) == language
    if language:
        with pytest.raises(ipynb.Refused, match=f"^x.ipynb is written in {language}; only Python notebooks are run. "):
            ipynb.read(document([code("1")], **metadata), "x.ipynb")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a Jupyter notebook: it is not JSON."),
        (b"PK\x03\x04", "is not a Jupyter notebook: it is not JSON."),
        (b"\xff\xfe\x00", "is not a Jupyter notebook: it is not JSON."),
        (b"[" * 100_000, "is not a Jupyter notebook: it is not JSON."),
        (b'["a"]', "is not a Jupyter notebook: it has no cells."),
        (notebook(cells=7), "is not a Jupyter notebook: it has no cells."),
        (notebook(7), "its cell 1 has no text."),
        (notebook(*[{}] * 50_001), "has 50,001 cells; up to 50,000 are accepted."),
        (notebook(cell(), cell(source=[1])), "its cell 2 has no text."),
        (notebook(cell(), nbformat=5), "is of notebook format 5, which is newer than what is run here"),
        (notebook(cells=None, nbformat=3, worksheets=[{"cells": [cell(language="R")]}]), "is written in R;"),
    ],
)  # fmt: skip
def test_the_rest_is_refused_in_a_sentence(content: bytes, message: str) -> None:
    with pytest.raises(ipynb.Refused) as refused:
        ipynb.read(content, "x.ipynb")
    assert str(refused.value).startswith("x.ipynb ")
    assert message in str(refused.value)


def test_cells_are_numbered_as_jupyter_numbers_them() -> None:
    cells = [
        code("days = 1", "parameters"),
        code("days = 2", "injected-parameters"),
        code("  "),
        code("x", "skip-execution"),
    ]
    judged = ipynb.read(document([WORDS, *cells, code("days")]))
    assert [(number, cell["source"]) for number, cell in ipynb.numbered(judged.cells)] == [
        (1, "days = 1"),
        (2, "days"),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KNOWN = st.sampled_from(["tags", "name", "collapsed", "scrolled", "jupyter", "execution", "format", "papermill", "kernelspec",
                         "language_info", "title", "authors", "orig_nbformat"])  # fmt: skip
LANGUAGE = st.fixed_dictionaries(
    {"name": st.just("python")},
    optional=dict.fromkeys(("codemirror_mode", "file_extension", "mimetype", "pygments_lexer"), JSON),
)
METADATA = (
    JSON
    | st.dictionaries(KNOWN, JSON, max_size=4)
    | st.fixed_dictionaries({"language_info": LANGUAGE, "kernelspec": st.just(PYTHON)})
)
CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading", "html"]) | JSON,
        "metadata": METADATA,
        "source": st.text(max_size=8) | st.lists(st.text(max_size=4), max_size=3) | JSON,
        "id": st.text(max_size=3) | JSON,
        "outputs": JSON,
        "attachments": JSON,
        "level": JSON,
    },
)
DOCUMENT = st.fixed_dictionaries(
    {"cells": st.lists(CELL, max_size=4)},
    optional={"metadata": METADATA, "nbformat": st.sampled_from([3, 4]) | JSON, "nbformat_minor": JSON},
)


@settings(max_examples=300, deadline=None)
@given(DOCUMENT)
def test_whatever_is_accepted_is_valid(document: dict[str, Any]) -> None:
    try:
        judged = ipynb.read(json.dumps(document).encode())
    except ipynb.Refused:
        return
    nbformat.validate(nbformat.from_dict(judged.document))
    json.dumps(judged.document, ensure_ascii=False).encode()
