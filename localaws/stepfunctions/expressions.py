"""Step Functions: JSONata expressions, for which moto needs an evaluator."""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from typing import Any

import jsonata
from jsonata.utils import Utils
from moto.stepfunctions.parser.asl.component.common.string import string_expression
from moto.stepfunctions.parser.asl.eval import states, variable_store
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata

from localaws.clock import CloudClock
from localaws.patching import replace

_one_at_a_time = threading.Lock()


class _Declared(str):
    """Declarations of variables as moto writes them before an expression (`$states:={...};`), and their values."""

    values: dict[str, Any]


class _Composed(str):
    """An expression with declarations before it; `bare` is the expression without them, for whose variables there are values."""

    bare: str
    values: dict[str, Any]


def install(clock: CloudClock) -> None:
    """Evaluate expressions by jsonata-python, at the cloud's time.

    moto writes variables into the expression; parsing them takes twenty times as long as all else, so they are bound instead.
    """
    moto_jsonata._eval_jsonata = _evaluate
    for module in (moto_jsonata, variable_store, states):
        replace(module, "encode_jsonata_variable_declarations", lambda _: _declare)
    replace(string_expression, "compose_jsonata_expression", _composing)
    # $now() and $millis() are the cloud's time.
    jsonata.timebox.Timebox.current_milli_time = staticmethod(lambda: int(clock.timestamp() * 1000))


def _declare(bindings: dict[str, Any]) -> _Declared:
    texts = {name: json.dumps(value, default=str) for name, value in bindings.items()}
    declared = _Declared("".join(f"{name}:={text};" for name, text in texts.items()))
    declared.values = {name.removeprefix("$"): _with_nulls(json.loads(text)) for name, text in texts.items()}
    return declared


def _with_nulls(value: Any) -> Any:
    """In jsonata-python None is what does not exist, and JSON's null has a value of its own."""
    if isinstance(value, dict):
        return {key: _with_nulls(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_with_nulls(member) for member in value]
    return Utils.NULL_VALUE if value is None else value


def _composing(original: Any) -> Any:
    def compose(final_jsonata_expression: str, variable_declarations_list: list[str]) -> str:
        text: str = original(final_jsonata_expression, variable_declarations_list)
        declared = [part for part in variable_declarations_list if part]
        if not all(isinstance(part, _Declared) for part in declared):
            return text
        composed = _Composed(text)
        composed.bare = final_jsonata_expression
        composed.values = {name: value for part in declared for name, value in part.values.items()}  # type: ignore[attr-defined]
        return composed

    return compose


@lru_cache(maxsize=512)
def _compile(expression: str) -> jsonata.Jsonata:
    """A definition's expressions are few, and parsing one takes longer than evaluating it."""
    return jsonata.Jsonata(expression)


def _evaluate(expression: str) -> Any:
    bare, values = (expression.bare, expression.values) if isinstance(expression, _Composed) else (expression, None)
    try:
        with _one_at_a_time:
            result = _compile(bare).evaluate(None, values or {})
    except Exception as error:
        raise moto_jsonata.JSONataException("States.QueryEvaluationError", str(error)) from error
    return json.loads(json.dumps(result))
