"""The executed notebook as one HTML file that asks the network for nothing and runs no script.

nbconvert's own page loads RequireJS, MathJax and Mermaid from other people's servers; those are left out. A content
security policy inside the page says the same to the browser about what the notebook's outputs contain, wherever the
file is opened: in the portal's sandboxed frame or from a disk.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import static_outputs
from jinja2 import DictLoader
from nbconvert import exporters
from nbconvert.filters import highlight, widgetsdatatypefilter

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; media-src data:"
TEMPLATE = f"""
{{%- extends 'lab/index.html.j2' -%}}
{{%- block html_head_js -%}}
<meta content="{POLICY}" http-equiv="Content-Security-Policy"/>
{{%- endblock html_head_js -%}}
{{%- block jupyter_widgets -%}}{{%- endblock jupyter_widgets -%}}
{{%- block html_head_js_mathjax -%}}{{%- endblock html_head_js_mathjax -%}}
{{%- block html_head_js_mermaidjs -%}}{{%- endblock html_head_js_mermaidjs -%}}
"""
# Typed in part, and not as they are overridden.
HTMLExporter: Any = exporters.HTMLExporter
TemplateExporter: Any = exporters.TemplateExporter
Highlight2HTML: Any = highlight.Highlight2HTML
WidgetsDataTypeFilter: Any = widgetsdatatypefilter.WidgetsDataTypeFilter

WITHOUT_ALT = re.compile(r"<img(?=\s)(?![^<>]*\salt=)")
FOCUSABLE = re.compile(r'(<div class="[^"]*jp-(?:Cell-inputWrapper|OutputArea-output)\b[^"]*")')


class Exporter(HTMLExporter):  # type: ignore[misc]
    """nbconvert's, but that what it does to the finished page with a parser, we do to its text: a parsed page takes many
    times the memory of its text, and most of the time of making it."""

    def from_notebook_node(self, notebook: Any, resources: Any = None, **options: Any) -> tuple[str, Any]:
        """The page and what belongs to it."""
        language = notebook.metadata.get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name"))
        resources = self._init_resources(resources)
        widgets = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources)
        self.register_filter("highlight_code", Highlight2HTML(pygments_lexer=lexer, parent=self))
        self.register_filter("filter_data_type", widgets)
        page, resources = TemplateExporter.from_notebook_node(self, notebook, resources, **options)
        page = WITHOUT_ALT.sub('<img alt="An output of the notebook"', page)
        return FOCUSABLE.sub(r'\1 tabindex="0"', page), resources


def html(notebook: Any, title: str, **options: bool) -> str:
    """The page. The notebook's outputs are changed to what the page shows of them. `options` are nbconvert's."""
    static_outputs.for_page(notebook)
    page, _ = _exporter(**options).from_notebook_node(notebook, resources={"metadata": {"name": title}})
    return page


@cache
def _exporter(**options: bool) -> Exporter:
    """One for all pages: each compiles its templates once, which takes longer than a small page. Not for two threads at once."""
    return Exporter(extra_loaders=[DictLoader({"run.html.j2": TEMPLATE})], template_file="run.html.j2", **options)


def report(notebook: Any, title: str) -> str:
    """The page without the cells' source, and without errors, which quote it: for those who may see the results alone."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.output_type != "error"]
    return html(notebook, title, exclude_input=True, exclude_input_prompt=True, exclude_output_prompt=True)
