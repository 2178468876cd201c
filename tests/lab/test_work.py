"""What the lab can be asked to do, and the command and the Python that do the same."""

from __future__ import annotations

import shlex

import pytest

from echospan.cli.main import run as command
from echospan.errors import ConfigError
from echospan.lab.work import command_of, python_of, run_work, sheet_work

SMALL = {"task.symbols": 4, "task.length": 6, "model.units": 4, "training.epochs": 2}


def test_an_unknown_recipe_names_those_there_are():
    with pytest.raises(ConfigError, match=r"recipe must be one of .*window"):
        run_work("../../etc/passwd", {})


def test_a_setting_that_does_not_fit_is_refused_before_a_process_starts():
    with pytest.raises(ConfigError, match=r"training\.epochs"):
        run_work("stream", {"training.epochs": -1})


def test_an_unknown_model_is_refused():
    with pytest.raises(ConfigError, match="model must be one of"):
        sheet_work("evil.py:function")


def test_texts():
    work = {"verb": "run", "recipe": "stream", "settings": {"task.lag": 2, "a": True}}
    assert command_of(work) == "echospan run stream --set task.lag=2 --set a=true --no-variants"
    assert "echospan.run('stream', {'task.lag': 2, 'a': True})" in python_of(work)
    sheet = sheet_work("lstm", symbols=4, params=300, protocol="quick-1")
    assert command_of(sheet) == "echospan span lstm --symbols 4 --params 300 --protocol quick-1"


@pytest.mark.slow
def test_command_and_python_do_what_they_say(tmp_path, monkeypatch, capsys):
    from echospan.store import Store

    monkeypatch.setenv("ECHOSPAN_STORE", str(tmp_path / "runs"))
    work = run_work("stream", SMALL)
    assert command(shlex.split(command_of(work))[1:]) == 0
    exec(compile(python_of(work), "copied", "exec"), {})
    with Store(tmp_path / "runs") as store:
        made = store.list(kind="run")
        assert len(made) == 2
        assert len({one.fingerprint for one in made}) == 1
        assert made[0].accuracy == made[1].accuracy
    capsys.readouterr()
