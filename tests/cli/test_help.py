from __future__ import annotations

import subprocess
import sys

import pytest

COMMANDS = [
    ("tour",),
    ("list",),
    ("span",),
    ("compare",),
    ("sweep",),
    ("run",),
    ("show",),
    ("code",),
    ("predict",),
    ("forecast",),
    ("stream",),
    ("lab",),
    ("serve",),
    ("export",),
    ("uses",),
    ("data",),
    ("doctor-env",),
    ("check",),
    ("conform",),
    ("diagnose",),
    ("needs",),
    ("explain",),
    ("report",),
    ("runs", "list"),
    ("runs", "show"),
    ("runs", "remove"),
    ("runs", "export"),
    ("runs", "rebuild"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(shell, command):
    said = shell(*command, "--help")
    assert said.code == 0
    assert "Example: " in said.out
    assert "echospan " + " ".join(command) in " ".join(said.out.split())
    assert "--json" in said.out


def test_the_list_of_commands_above_is_whole():
    from echospan.cli.app import app
    from echospan.cli.runs import app as runs

    named = [(c.name or c.callback.__name__,) for c in app.registered_commands]
    named += [("runs", c.name or c.callback.__name__) for c in runs.registered_commands]
    assert sorted(named) == sorted(COMMANDS)


def test_the_commands_stand_in_groups(shell):
    said = shell("--help").out
    places = [said.index(f"─ {group} ─") for group in ("Learn", "Measure", "Diagnose", "Keep")]
    assert places == sorted(places)
    for command, place in zip(("run", "span", "check", "report"), places, strict=True):
        after = said.index(f"│ {command} ")
        assert max(p for p in places if p < after) == place


def test_help_imports_neither_keras_nor_jax():
    code = (
        "import sys\n"
        "from echospan.cli.main import run\n"
        "assert run(['--help']) == 0\n"
        "assert run(['run', '--help']) == 0\n"
        "heavy = {'jax', 'keras', 'polars', 'matplotlib', 'scipy'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_no_arguments_show_the_help(shell):
    assert "echospan tour" in shell().out


@pytest.mark.parametrize("name", ["bench", "verify"])
def test_a_command_that_moved_says_where(shell, name):
    said = shell.refused(name, "--quick")
    assert f"make {name}" in said


def test_an_unknown_command_or_option_is_bad_input(shell):
    assert shell("rnu", "window").code == 2
    said = shell("run", "window", "--lagg", "2")
    assert said.code == 2
    assert "--lagg" in said.err
    assert shell("run", "window", "--lag", "two").code == 2
    assert shell("run", "window", "--seeds", "0").code == 2
