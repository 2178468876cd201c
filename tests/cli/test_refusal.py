"""What can't be parsed is one line on standard error, for every option of every command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from cli.helpers import Shell
from echospan.cli.app import app
from echospan.cli.refusal import _allowed

COMMANDS = typer.main.get_command(app)


def commands(group: Any = COMMANDS, words: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """Every command with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


class Context:
    """As much of the parser's context as is read."""

    def __init__(self, command: Any) -> None:
        self.command = command


OPTIONS = [
    pytest.param(words, parameter, *_allowed(Context(command), parameter.name), id=" ".join(
        (*words, parameter.name)
    ))
    for words, command in commands()
    for parameter in command.params
    if parameter.opts[0].startswith("-") and _allowed(Context(command), parameter.name)[0]
]  # fmt: skip


@pytest.fixture
def parsed(folder: Any, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Runs commands that were built once."""
    return Shell(capsys, COMMANDS)  # type: ignore[arg-type]


def test_there_are_options_of_each_kind() -> None:
    kinds = {option.values[2].split(",")[0].split(" from")[0] for option in OPTIONS}
    assert {"a whole number", "a number", "numbers or symbols", "blocks or forward"} <= kinds
    assert len(OPTIONS) > 60


@pytest.mark.parametrize(("words", "parameter", "allowed", "choices"), OPTIONS)
def test_a_bad_value_is_one_line(
    words: tuple[str, ...], parameter: Any, allowed: str, choices: tuple[str, ...], parsed: Shell
) -> None:
    option = max(parameter.opts, key=len)
    wrong = choices[0][:-1] if choices else "x"
    line = parsed.refused(*words, option, wrong)
    assert line.startswith(f"error: {option} must be {allowed}; got '{wrong}'.")
    assert ("Did you mean" in line) == bool(choices)
    if "at least" in allowed:
        below = str(float(allowed.split()[-1]) - 1).removesuffix(".0")
        assert f"{option} must be {allowed}; got {below}" in parsed.refused(*words, option, below)
    if " from " in allowed:
        above = str(float(allowed.split()[-1]) + 1).removesuffix(".0")
        assert f"{option} must be {allowed}; got {above}" in parsed.refused(*words, option, above)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("needs",), "FILE must be given. See: echospan needs --help"),
        (("needs", "a.csv", "--colunm", "v"), "No such option: --colunm"),
        (("needs", "a.csv", "b.csv"), "unexpected extra argument"),
        (("needs", "a.csv", "--horizon"), "'--horizon' requires an argument"),
        (("neds",), "No such command 'neds'"),
        (("runs", "lst"), "No such command 'lst'"),
        (("runs", "show"), "RUN must be given. See: echospan runs show --help"),
        (("needs", "a.csv", "--kind", "\x1b[2J"), "--kind must be numbers or symbols; got '\\x1b["),
        (("needs", "a.csv", "--x\x1b[2J"), "No such option: --x\\x1b[2J"),
    ],
)
def test_what_else_is_misspelt_is_one_line(
    words: tuple[str, ...], line: str, parsed: Shell
) -> None:
    told = parsed.refused(*words)
    assert line in told
    assert "\x1b" not in told


def test_help_is_no_error(parsed: Shell) -> None:
    said = parsed("needs", "--help")
    assert (said.code, said.err) == (0, "")
    assert "--horizon" in said.out
    # What does nothing by itself shows its help.
    assert "Commands" in (said := parsed("runs")).out + said.err
    assert said.code == 2
