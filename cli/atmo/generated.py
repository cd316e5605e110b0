"""The commands that are made from the portal's OpenAPI document: how they are parsed, and what they send."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from atmo import output
from atmo.errors import UsageError
from atmo.http import Portal
from atmo.notebooks import hand_over
from atmo.operations import Operation, Option

LIMIT = 50
"""Items of a list that are shown unless --limit or --all says otherwise."""
PAGE = 100


def parser(operations: list[Operation]) -> argparse.ArgumentParser:
    """A parser of `GROUP VERB ...`; what it parses has the operation as `operation`."""
    top = argparse.ArgumentParser(prog="atmo", add_help=False)
    groups = top.add_subparsers(dest="group", required=True, metavar="GROUP")
    for group in dict.fromkeys(operation.group for operation in operations):
        own = [operation for operation in operations if operation.group == group]
        verbs = groups.add_parser(group, help=f"{', '.join(operation.verb for operation in own[:4])}, ...")
        choices = verbs.add_subparsers(dest="verb", required=True, metavar="COMMAND")
        for operation in own:
            _add(choices.add_parser(operation.verb, help=operation.summary, description=operation.summary), operation)
    return top


def _add(command: argparse.ArgumentParser, operation: Operation) -> None:
    command.set_defaults(operation=operation)
    for place in operation.places:
        command.add_argument(place, metavar=place.upper())
    for option in operation.options:
        if not (operation.is_list and option.name == "limit"):
            shown = None if option.choices else option.kind.upper()
            command.add_argument(
                option.flag,
                dest=option.name,
                choices=option.choices or None,
                metavar=shown,
                help=option.help.replace("%", "%%"),
            )
    if operation.is_list:
        command.add_argument("--limit", type=int, default=LIMIT, help=f"at most so many items; default {LIMIT}")
        command.add_argument("--all", action="store_true", help="all items, however many there are")
    if operation.method != "GET" and any(not option.is_query for option in operation.options):
        command.add_argument(
            "--input", metavar="FILE", help="the whole body as JSON, instead of the options; - for standard input"
        )
    command.add_argument("--json", action="store_true", help="print the answer as JSON")


def run(portal: Portal, arguments: argparse.Namespace) -> None:
    """Send what was typed, and print the answer.

    Raises:
        UsageError: something that is typed cannot be sent.
        CommandError: the portal refuses it, or does not answer.
    """
    operation: Operation = arguments.operation
    path = operation.at({place: getattr(arguments, place) for place in operation.places})
    typed: dict[str, str | None] = {option.name: getattr(arguments, option.name, None) for option in operation.options}
    query = {option.name: value for option in operation.options if option.is_query and (value := typed[option.name])}
    if operation.is_list and operation.method == "GET":
        most = None if arguments.all else arguments.limit
        paged = any(option.name == "limit" for option in operation.options)
        page = {"limit": str(min(most or PAGE, PAGE))} if paged else {}
        output.emit(list(portal.items(path, query | page, most)), arguments.json)
        return
    if operation.is_file:
        sys.stdout.buffer.write(portal.file(path))
        return
    answer = portal.ask(operation.method, path, _body(portal, operation, arguments, typed), query).body
    output.emit(answer["items"] if operation.is_list else answer, arguments.json)


def _body(portal: Portal, operation: Operation, arguments: argparse.Namespace, typed: dict[str, str | None]) -> Any:
    options = [option for option in operation.options if not option.is_query]
    fields = {
        option.name: _value(portal, option, typed[option.name]) for option in options if typed[option.name] is not None
    }
    if not getattr(arguments, "input", None):
        return fields if options else None
    if fields:
        raise UsageError("Give the fields as options, or the whole body as --input, not both.")
    return _json("--input", sys.stdin.read() if arguments.input == "-" else _read(arguments.input).decode())


def _value(portal: Portal, option: Option, text: str | None) -> Any:
    """A value as its field takes it. Numbers that are none are the portal's to refuse, which says what it takes."""
    text = text or ""
    if option.kind == "file":
        path = Path(text)
        return hand_over(portal, path.name, _read(text))
    if option.kind in ("object", "array"):
        return (
            text.split() if option.kind == "array" and not text.lstrip().startswith("[") else _json(option.flag, text)
        )
    if option.kind == "boolean" and text.lower() in ("yes", "true", "no", "false"):
        return text.lower() in ("yes", "true")
    return text


def _json(where: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"{where} is not valid JSON: {error}.") from None


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
