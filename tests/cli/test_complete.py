"""What the tab key completes."""

from __future__ import annotations

import os
import subprocess
import sys

from echospan.cli import complete
from echospan.doctor import catalogue
from echospan.models import MODELS
from echospan.recipe import SHELF


def completed(*words, **variables):
    """What a shell is offered for the last of these words."""
    done = subprocess.run(
        [sys.executable, "-m", "echospan"],
        env={
            **os.environ,
            "_ECHOSPAN_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(words),
            "COMP_CWORD": str(len(words) - 1),
            **variables,
        },
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_a_shell_is_offered_commands_options_and_names():
    assert completed("echospan", "expl") == ["explain"]
    assert "--budget" in completed("echospan", "span", "--b")
    assert completed("echospan", "span", "lstm", "--task", "selective") == ["selective-copy"]


def test_names_are_those_of_the_tables():
    assert complete.models("") == list(MODELS)
    assert complete.recipes("") == list(SHELF.recipes)
    assert complete.codes("") == list(catalogue())
    assert complete.tasks("co") == ["copy", "continuous-echo"]
    assert complete.models("nothing") == []


def test_files_are_offered_where_they_are_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for name in ("mine.toml", "mine.py", "mine.keras", "mine.txt", "sub/mine.toml"):
        (tmp_path / name).write_text("", "utf-8")
    assert complete.recipes("mi")[-1] == "mine.toml"
    assert complete.recipes("sub/") == ["sub/mine.toml"]
    assert complete.models("mine") == ["mine.keras", "mine.py"]


def test_runs_of_the_store_are_offered(trained, monkeypatch):
    monkeypatch.setenv("ECHOSPAN_STORE", str(trained))
    assert complete.runs("latest:") == ["latest:window", "latest:stream"]
    assert [run.rpartition("-")[0][:7] for run in complete.runs("window-")] == ["window-"]


def test_where_there_is_no_store_nothing_is_offered_and_none_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("ECHOSPAN_STORE", str(tmp_path / "none"))
    assert complete.runs("") == []
    assert not (tmp_path / "none").exists()
