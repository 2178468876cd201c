"""What README and docs show is true: examples run, and every command has its place."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import echospan
from echospan.recipe import SHELF

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def fences(language):
    return [body for kind, body in FENCE.findall(README) if kind == language]


CONSOLE = fences("console")
PYTHON = fences("python")


@pytest.fixture
def environment(tmp_path):
    folder = str(Path(sys.executable).parent)
    # Examples choose no backend: importing echospan does.
    inherited = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    return {
        **inherited,
        "ECHOSPAN_STORE": str(tmp_path / "echospan-runs"),
        "PATH": os.pathsep.join([folder, os.environ.get("PATH", "")]),
    }


def commands(block):
    lines = block.splitlines()
    assert all(line.startswith("$ ") for line in lines), "console blocks hold commands only"
    return [line.removeprefix("$ ") for line in lines]


def ran(command, environment, folder, *, codes=(0,)):
    done = subprocess.run(
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode in codes, f"{command} ended with {done.returncode}:\n{done.stderr}"
    return done.stdout


def test_the_readme_has_examples_of_both_kinds():
    assert CONSOLE
    assert PYTHON


@pytest.mark.slow
@pytest.mark.parametrize("block", CONSOLE)
def test_the_commands_of_the_readme_run(block, environment, tmp_path):
    printed = {}
    for command in commands(block):
        # A check that finds an error ends with 1.
        codes = (1,) if command.endswith("--check") else (0,)
        printed[command] = ran(["bash", "-c", command], environment, tmp_path, codes=codes)
    for command, out in printed.items():
        if command.startswith("printf"):
            assert out.split() == ["-", "34", "12"]
        for written in re.findall(r"-o (\S+)", command):
            assert (tmp_path / written).stat().st_size > 0


@pytest.mark.slow
@pytest.mark.parametrize("block", PYTHON)
def test_the_python_of_the_readme_runs(block, environment, tmp_path):
    first = ran([sys.executable, "-c", block], environment, tmp_path).split()[0]
    if "echospan.check(" in block:
        assert first == "loss-broadcast"
    else:
        # The accuracy that it prints first; chance is one tenth or less.
        assert float(first) > 0.5


def test_the_readme_names_every_recipe_in_its_order():
    table = README.split("## The recipes")[1].split("## ")[0]
    assert tuple(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)) == SHELF.ORDER


def paths(command, name):
    """A command's name and, where it is a group, those of its commands below it."""
    found = [name]
    for child, below in getattr(command, "commands", {}).items():
        found += paths(below, f"{name} {child}")
    return found


def test_the_page_of_commands_asks_each_command_for_its_help():
    from echospan.cli.app import app

    command = typer.main.get_command(app)
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    asked = re.findall(r"^\$ (echospan.*) --help$", page, re.MULTILINE)
    assert sorted(asked) == sorted(paths(command, "echospan"))


def test_every_page_stands_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    listed = {
        name
        for tree in re.findall(r"```{toctree}\n(.*?)```", index, re.DOTALL)
        for name in tree.split("\n")
        if name and not name.startswith(":")
    }
    assert listed == {page.stem for page in (ROOT / "docs").glob("*.md")} - {"index"}


def test_every_public_name_stands_in_the_api_reference():
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    named = set(
        re.findall(r"^\.\. auto(?:function|class|exception):: ([\w.]+)$", page, re.MULTILINE)
    )
    rooms = {"framings", "layers", "models", "tasks", "widgets"}
    modules = set(re.findall(r"^\.\. automodule:: echospan\.(\w+)$", page, re.MULTILINE))
    assert rooms <= modules
    assert set(echospan.__all__) - rooms - {"__version__"} <= named
    # And nothing that is not public, but for what packages of others need.
    assert {name for name in named if "." not in name} <= set(echospan.__all__)


def without_code(text):
    return re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)


def test_links_to_files_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")]
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", without_code(page.read_text("utf-8")))
        if "://" not in target
    ]
    assert {"README.md", "RESULTS.md"} <= {page.name for page, _ in links}
    dead = [
        f"{page.name} links to {target}"
        for page, target in links
        if not (page.parent / target).exists()
    ]
    assert dead == []
