"""Completion of commands and options in shells, made from the OpenAPI document like the commands themselves."""

from __future__ import annotations

from collections.abc import Sequence

from atmo.operations import Operation

SHELLS = ("bash", "zsh")
_BASH = """\
_atmo() {{
    local words
    case "${{COMP_WORDS[*]:1:COMP_CWORD-1}}" in
{cases}
        *) words="" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}")
}}
complete -o default -F _atmo atmo"""
_ZSH = "autoload -U +X bashcompinit && bashcompinit\n"


def show(operations: Sequence[Operation], own: Sequence[str], shell: str) -> int:
    """Print the script: `source <(atmo completion bash)`."""
    print(script(operations, own, shell))
    return 0


def script(operations: Sequence[Operation], own: Sequence[str], shell: str) -> str:
    """A script that completes groups, then their commands, then options."""
    groups = list(dict.fromkeys(operation.group for operation in operations))
    cases = [f'        "") words="{" ".join([*own, *groups])}" ;;']
    for group in groups:
        verbs = [operation.verb for operation in operations if operation.group == group]
        cases.append(f'        "{group}") words="{" ".join(verbs)}" ;;')
    for operation in operations:
        flags = [option.flag for option in operation.options] + ["--json"]
        cases.append(f'        "{operation.group} {operation.verb}"*) words="{" ".join(flags)}" ;;')
    return (_ZSH if shell == "zsh" else "") + _BASH.format(cases="\n".join(cases))
