"""TeX formulas in Markdown: kept from being read as Markdown, and written so that people can read the usual ones. Pure."""

from __future__ import annotations

import re
from typing import Any

_GREEK = """
alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ
phi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω
"""
_SIGNS = {
    **dict(zip(_GREEK.split()[::2], _GREEK.split()[1::2], strict=True)),
    "rightarrow": "→", "to": "→", "leftarrow": "←", "Rightarrow": "⇒", "Leftarrow": "⇐", "leftrightarrow": "↔", "mapsto": "↦",
    "times": "×", "cdot": "·", "pm": "±", "div": "÷", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠",
    "approx": "≈", "sim": "∼", "equiv": "≡", "propto": "∝", "infty": "∞", "partial": "∂", "nabla": "∇", "sum": "∑",
    "prod": "∏", "int": "∫", "in": "∈", "notin": "∉", "subset": "⊂", "cup": "∪", "cap": "∩", "forall": "∀", "exists": "∃",
    "emptyset": "∅", "ldots": "…", "dots": "…", "cdots": "⋯", "quad": " ", "left": "", "right": "", "degree": "°",
}  # fmt: skip
_COMMAND = re.compile(r"\\([a-zA-Z]++)")


def math_rule(state: Any, silent: bool) -> bool:
    """markdown-it's rule for $...$ and $$...$$: as in Jupyter, no blank inside next to a single $, no digit after it."""
    text, start = state.src, state.pos
    if text[start] != "$":
        return False
    mark = "$$" if text.startswith("$$", start) else "$"
    end = text.find(mark, start + len(mark), state.posMax)
    inner = text[start + len(mark) : end] if end > 0 else ""
    if not inner.strip() or (mark == "$" and not _is_formula(inner, text[end + 1 : end + 2])):
        return False
    if not silent:
        state.push("math", "code", 0).content = inner.strip()
    state.pos = end + len(mark)
    return True


def _is_formula(inner: str, after: str) -> bool:
    return not inner[0].isspace() and not inner[-1].isspace() and inner[-1] != "\\" and not after.isdigit()


def readable(formula: str) -> str:
    """The formula with the usual commands as the signs they stand for."""
    return _COMMAND.sub(lambda match: _SIGNS.get(match[1], match[0]), formula)
