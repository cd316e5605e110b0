"""`atmo`: reads the command line, and turns what goes wrong into a sentence and an exit code.

0: done. 1: refused, or the run did not succeed. 2: typed wrongly, or (for `diff`) there are differences. 3: no answer.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from atmo import __doc__ as about
from atmo import apply, completion, credentials, generated, login, runs
from atmo.errors import CommandError
from atmo.http import Portal
from atmo.operations import Operation, operations

Command = Callable[[Portal, list[Operation], argparse.Namespace], int]
OWN = ("login", "plan", "diff", "apply", "run", "wait", "logs", "completion")
"""Commands that are not made from the OpenAPI document."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if not typed or typed[0] in (*OWN, "-h", "--help"):
            return _own(typed)
        portal = Portal(credentials.load())
        generated.run(portal, generated.parser(_operations(portal)).parse_args(typed))
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # as when it is piped into head
        return 1
    return 0


def _own(typed: list[str]) -> int:
    parser = _parser()
    parsed = parser.parse_args(typed)
    if not parsed.command:
        parser.print_help()
        return 0
    if parsed.command == "login":
        return login.login(parsed)
    portal = Portal(credentials.load())
    commands: dict[str, Command] = {
        "plan": apply.show,
        "diff": apply.show,
        "apply": apply.apply,
        "run": lambda portal, _, parsed: runs.run(portal, parsed),
        "wait": lambda portal, _, parsed: runs.wait(portal, parsed),
        "logs": lambda portal, _, parsed: runs.logs(portal, parsed),
        "completion": lambda _, known, parsed: completion.show(known, OWN, parsed.shell),
    }
    needs_document = parsed.command in ("plan", "diff", "apply", "completion")
    return commands[parsed.command](portal, _operations(portal) if needs_document else [], parsed)


def _operations(portal: Portal) -> list[Operation]:
    return operations(portal.ask("GET", "/openapi.json").body)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="atmo",
        description=about,
        epilog="Every other command is made from the portal's API: `atmo clusters ls`, `atmo jobs show ID`, `atmo runs cancel ID`. "
        "`atmo jobs --help` lists those about jobs; there are clusters, jobs, runs, keys, releases and more.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    log_in = commands.add_parser("login", help="store an API token for a portal")
    log_in.add_argument("url", nargs="?", help="the portal's address; else ATMO_URL")
    for name, sentence in (
        ("plan", "show what apply would do"),
        ("diff", "the same, with exit code 2 if that is anything"),
        ("apply", "create and change jobs until they are as a folder says"),
    ):
        command = commands.add_parser(name, help=sentence)
        command.add_argument("folder", nargs="?", default=".", help="where the job files are; default: here")
        if name == "apply":
            command.add_argument("--yes", action="store_true", help="do not ask")
    _add_runs(commands)
    shells = commands.add_parser("completion", help="print a shell's completion script")
    shells.add_argument("shell", choices=completion.SHELLS)
    return parser


def _add_runs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser("run", help="run a job now")
    run.add_argument("job", help="its identifier or id")
    run.add_argument(
        "--param", action="append", metavar="NAME=VALUE", help="set a parameter for this run alone; may be repeated"
    )
    run.add_argument(
        "--slot", metavar="MOMENT", help="run a past slot of its schedule, in the job's zone without an offset"
    )
    run.add_argument("--wait", action="store_true", help="wait for its end, and exit by its outcome")
    run.add_argument("--follow", action="store_true", help="print its log meanwhile")
    wait = commands.add_parser("wait", help="wait until a run has ended, and exit by its outcome")
    wait.add_argument("run", help="the run's id")
    logs = commands.add_parser("logs", help="print a run's log")
    logs.add_argument("run", help="the run's id")
    logs.add_argument(
        "-f", "--follow", action="store_true", help="go on until the run has ended, and exit by its outcome"
    )
    for command in (run, wait, logs):
        command.add_argument(
            "--interval",
            type=float,
            default=runs.INTERVAL,
            help=f"seconds between two looks; default {runs.INTERVAL:g}",
        )
