"""Small changes to a module's code, one at a time, each of which its tests should notice.

A comparison moved to its boundary or turned round, `and` for `or` and a condition left out, a number off by one, a branch
never or always taken, `+` for `-`, `min` for `max`, a call left out. Texts, annotations and decorators stay as they are.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
UNTOUCHED = {"annotation", "returns", "decorator_list", "format_spec"}


@dataclass(frozen=True)
class Mutant:
    """A changed module: where and what the change is, in one line that survives other edits, and the code."""

    change: str
    line: int
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of this code, in the code's order."""
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for slot, where in _slots(tree, "module"):
        original = slot.node
        for changed in _changes(original):
            change = f"{where}: {_words(original)} -> {_words(changed)}"
            seen[change] += 1
            name = change if seen[change] == 1 else f"{change} ({seen[change]})"
            slot.put(ast.copy_location(changed, original))
            yield Mutant(name, original.lineno, ast.fix_missing_locations(copy.deepcopy(tree)))
            slot.put(original)


@dataclass(frozen=True)
class _Slot:
    """A place in the tree that holds an expression or a statement."""

    parent: ast.AST
    field: str
    index: int | None
    node: ast.expr | ast.stmt

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def _slots(node: ast.AST, where: str) -> Iterator[tuple[_Slot, str]]:
    for name, value in ast.iter_fields(node):
        if name in UNTOUCHED:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST):
                continue
            if isinstance(child, ast.expr | ast.stmt):
                yield _Slot(node, name, index, child), where
            yield from _slots(child, _inside(where, child))


def _inside(where: str, node: ast.AST) -> str:
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return where
    return node.name if where == "module" else f"{where}.{node.name}"


def _changes(node: ast.expr | ast.stmt) -> Iterator[ast.AST]:
    kind = type(node)
    return OPERATORS[kind](node) if kind in OPERATORS else iter(())


def _of_comparison(node: ast.Compare) -> Iterator[ast.AST]:
    for index, op in enumerate(node.ops):
        for other in COMPARISONS[type(op)]:
            yield ast.Compare(node.left, [*node.ops[:index], other(), *node.ops[index + 1 :]], node.comparators)


def _of_condition(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for left_out in range(len(node.values)):
        rest = node.values[:left_out] + node.values[left_out + 1 :]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _of_negation(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not):
        yield node.operand


def _of_constant(node: ast.Constant) -> Iterator[ast.AST]:
    match node.value:
        case bool(value):
            yield ast.Constant(not value)
        case int(value) | float(value):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)


def _of_arithmetic(node: ast.BinOp | ast.AugAssign) -> Iterator[ast.AST]:
    if type(node.op) in ARITHMETIC:
        changed = copy.copy(node)
        changed.op = ARITHMETIC[type(node.op)]()
        yield changed


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield ast.Call(ast.Name(CALLS[node.func.id], ast.Load()), node.args, node.keywords)


def _of_statement(node: ast.Expr) -> Iterator[ast.AST]:
    if isinstance(node.value, ast.Call):
        yield ast.Pass()


def _of_branch(node: ast.If | ast.IfExp) -> Iterator[ast.AST]:
    for taken in (True, False):
        changed = copy.copy(node)
        changed.test = ast.Constant(taken)
        yield changed


def _of_comprehension(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Iterator[ast.AST]:
    for index, generator in enumerate(node.generators):
        if generator.ifs:
            changed = copy.copy(node)
            unfiltered = ast.comprehension(generator.target, generator.iter, [], generator.is_async)
            changed.generators = [*node.generators[:index], unfiltered, *node.generators[index + 1 :]]
            yield changed


OPERATORS: dict[type[ast.AST], Callable[[Any], Iterator[ast.AST]]] = {
    ast.Compare: _of_comparison, ast.BoolOp: _of_condition, ast.UnaryOp: _of_negation, ast.Constant: _of_constant,
    ast.BinOp: _of_arithmetic, ast.AugAssign: _of_arithmetic, ast.Call: _of_call, ast.Expr: _of_statement,
    ast.If: _of_branch, ast.IfExp: _of_branch, ast.ListComp: _of_comprehension, ast.SetComp: _of_comprehension,
    ast.DictComp: _of_comprehension, ast.GeneratorExp: _of_comprehension,
}  # fmt: skip


def _words(node: ast.AST) -> str:
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}"
    text = " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
    return text if len(text) <= 100 else f"{text[:97]}..."
