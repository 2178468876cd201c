from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

from echospan.doctor import catalogue
from echospan.framings import FRAMINGS
from echospan.models import MODELS
from echospan.recipe import SHELF
from echospan.tasks import TASKS

NAMES = {
    "recipes": list(SHELF.recipes),
    "models": list(MODELS),
    "tasks": list(TASKS),
    "framings": list(FRAMINGS),
    "findings": list(catalogue()),
}


@pytest.mark.parametrize("kind", NAMES)
def test_a_list_names_all_and_says_what_each_is(shell, kind):
    listed = shell("list", kind, "--json").json[kind]
    assert [row["name"] for row in listed] == NAMES[kind]
    assert all(row["title"] for row in listed)
    shown = shell("list", kind).out
    assert all(name in shown for name in NAMES[kind])


def test_recipes_are_listed_when_nothing_is_named(shell):
    assert shell("list").out == shell("list", "recipes").out


def test_every_setting_is_explained_and_can_be_set_by_the_name_shown(shell):
    for kind in ("models", "tasks", "framings"):
        for row in shell("list", kind, "--json").json[kind]:
            assert all(setting["about"] for setting in row["settings"]), row["name"]
    tcn = next(
        row for row in shell("list", "models", "--json").json["models"] if row["name"] == "tcn"
    )
    assert {"name": "model.kernel_size", "default": 3, "about": "Taps of each convolution."} in (
        tcn["settings"]
    )
    assert "kernel_size=3" in shell("list", "models").out


def test_an_unknown_kind_is_bad_input(shell):
    said = shell("list", "zoo")
    assert said.code == 2
    assert "models" in said.err
    assert "KIND" in said.err
    assert "Value error" not in said.err


def test_the_version_is_that_of_the_package(shell):
    assert shell("--version").out == f"echospan {version('echospan')}\n"


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "echospan", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("echospan ")
