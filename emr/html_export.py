"""The executed notebook as one HTML file that asks the network for nothing and runs no script.

nbconvert's own page loads RequireJS, MathJax and Mermaid from other people's servers; those are left out. A content
security policy inside the page says the same to the browser about what the notebook's outputs contain, wherever the
file is opened: in the portal's sandboxed frame or from a disk.
"""

from __future__ import annotations

from typing import Any

from jinja2 import DictLoader
from nbconvert import HTMLExporter

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; media-src data:"
TEMPLATE = f"""
{{%- extends 'lab/index.html.j2' -%}}
{{%- block html_head_js -%}}
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
{{%- endblock html_head_js -%}}
{{%- block jupyter_widgets -%}}{{%- endblock jupyter_widgets -%}}
{{%- block html_head_js_mathjax -%}}{{%- endblock html_head_js_mathjax -%}}
{{%- block html_head_js_mermaidjs -%}}{{%- endblock html_head_js_mermaidjs -%}}
"""


def html(notebook: Any, title: str) -> str:
    exporter: Any = HTMLExporter(  # type: ignore[no-untyped-call]
        extra_loaders=[DictLoader({"run.html.j2": TEMPLATE})], template_file="run.html.j2"
    )
    body, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": title}})
    return str(body)
