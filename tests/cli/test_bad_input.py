"""Every bad input: one line with the field, what is allowed and what was given; exit code 2."""

from __future__ import annotations

import os
import shutil

import pytest

BAD_SETTINGS = {
    "lag not below the length": (("stream", "--lag", "25"), ["--lag must", "25"]),
    "negative lag": (("stream", "--lag", "-1"), ["--lag must", "-1"]),
    "window not above the lag": (("window", "--lag", "5"), ["--window must", "larger", "--force"]),
    "window not below the length": (("window", "--window", "25"), ["--window must", "25"]),
    "too few symbols": (("echo", "--symbols", "1"), ["--symbols must", "2", "got 1"]),
    "batch that does not divide": (
        ("mistake", "--batch-size", "7"),
        ["--batch-size must", "divisor", "24", "got 7", "Try"],
    ),
    "a batch size that a variant cannot take": (
        ("mistake", "--batch-size", "4"),
        ["--batch-size must", "aligned", "got 4"],
    ),
    "zero units": (("stream", "--units", "0"), ["--units must", "0"]),
    "too few new sequences": (
        ("stream", "--set", "evaluation.sequences=50"),
        ["evaluation.sequences", "200"],
    ),
    "negative learning rate": (("stream", "--learning-rate", "-1"), ["--learning-rate must"]),
    "learning rate that is no number": (
        ("stream", "--learning-rate", "nan"),
        ["--learning-rate must"],
    ),
    "a setting of another framing": (
        ("stream", "--window", "5"),
        ["--window must", "left out", "window"],
    ),
    "a setting of another model": (("window", "--set", "model.dropuot=1"), ["model.dropuot"]),
    "an unknown part": (("window", "--set", "optimizer.name=adam"), ["optimizer.name"]),
    "no such choice": (("window", "--set", "model.kind=lstmm"), ["model.kind", "lstm"]),
    "text for a number": (("window", "--set", "model.units=many"), ["model.units", "'many'"]),
    "no assignment": (("window", "--set", "model.units"), ["--set", "FIELD=VALUE"]),
    "unknown recipe": (("widnow",), ["NAME", "widnow", "Did you mean 'window'?"]),
    "no recipe": ((), ["NAME", "--resume"]),
    "no such file": (("mine.toml",), ["mine.toml"]),
    "seed out of range": (("stream", "--seed", "-1"), ["--seed must"]),
    "a file where none is read": (("stream", "--data", "x.csv"), ["--data must"]),
    "csv without a file": (("csv",), ["--data must be given", "CSV file"]),
    "a limit that is an option, too": (("stream", "--lag", "25"), ["smaller than --length (25)"]),
    "what only --set can change": (
        ("stream", "--set", "task.kind=recall", "--length", "6"),
        ["a quarter of --length (6)", "On the command line: --set task.pairs=VALUE."],
    ),
}


def test_a_setting_that_stands_in_a_file_keeps_its_name(shell, tmp_path):
    content = "[task]\nkind='echo'\nlag=99\n[framing]\nkind='stream'\n[model]\nkind='lstm'\n"
    (tmp_path / "mine.toml").write_text(content, "utf-8")
    assert "task.lag must be smaller" in shell.refused("run", "mine.toml")
    assert "--lag must be smaller" in shell.refused("run", "mine.toml", "--lag", "98")
    assert "task.lag must be" in shell.refused("run", "stream", "--set", "task.lag=98")


@pytest.mark.parametrize("name", list(BAD_SETTINGS))
def test_bad_settings_of_a_run(shell, folder, name):
    arguments, said = BAD_SETTINGS[name]
    line = shell.refused("run", *arguments)
    for part in said:
        assert part in line
    # Nothing was begun.
    assert not folder.exists()


@pytest.mark.slow
def test_force_allows_a_window_that_cannot_see_the_answer(shell):
    said = shell("run", "window", "--lag", "5", "--force", "--epochs", "1", "--json")
    assert said.json["settings"]["framing"]["force"] is True


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("title = 'x'\n[task\nkind = 'echo'\n", ["mine.toml", "line 2", "column"]),
        (
            "[task]\nkind = 'echo'\nlga = 2\n[framing]\nkind='stream'\n[model]\nkind='lstm'\n",
            ["task.lga", "Did you mean 'lag'?"],
        ),
        ("[tusk]\nkind = 'echo'\n", ["tusk", "Did you mean 'task'?"]),
        ("[task]\nkind = 'echo'\n", ["framing"]),
        ("task = 3\nframing = 4\nmodel = 5\n", ["task", "3"]),
    ],
)
def test_bad_files_of_settings(shell, folder, tmp_path, content, parts):
    (tmp_path / "mine.toml").write_text(content)
    line = shell.refused("run", "mine.toml")
    for part in parts:
        assert part in line
    assert not folder.exists()


def test_a_toml_file_that_is_no_text(shell, tmp_path):
    (tmp_path / "mine.toml").write_bytes(b"title = '\xff\xfe'\n")
    assert "mine.toml" in shell.refused("run", "mine.toml")


def test_a_store_under_a_file(shell, tmp_path):
    (tmp_path / "file").write_text("")
    for command in (["run", "echo", "--epochs", "1"], ["runs", "list"]):
        line = shell.refused(*command, "--store", tmp_path / "file" / "runs")
        assert str(tmp_path / "file") in line


def test_commands_that_read_make_no_store(shell, folder):
    for command in (["predict", "latest", "1"], ["runs", "show", "latest"], ["report", "latest"]):
        assert "--store" in shell.refused(*command)
    assert not folder.exists()


def test_an_unknown_run(on_trained):
    for command in (["predict"], ["runs", "show"], ["report"], ["stream"], ["forecast"]):
        line = on_trained.refused(*command, "straem")
        assert "'straem'" in line
        assert "stream-" in line
    assert "'nothing'" in on_trained.refused("predict", "latest:nothing", "1")
    assert "removing needs the full id" in on_trained.refused("runs", "remove", "stream")


@pytest.mark.parametrize(
    ("numbers", "parts"),
    [
        (["1", "nan"], ["item 2", "'nan'", "0 to 4"]),
        (["1", "2.5"], ["item 2", "'2.5'"]),
        (["1", "--", "-1"], ["-1"]),
        (["5"], ["5", "0 to 4"]),
        (["x"], ["'x'"]),
        (["99999999999999999999"], ["0 to 4"]),
    ],
)
def test_numbers_that_are_no_symbols(on_trained, numbers, parts):
    line = on_trained.refused("predict", "latest:stream", *numbers)
    for part in parts:
        assert part in line


def test_predict_wants_one_source(on_trained, tmp_path):
    assert "both" in on_trained.refused("predict", "latest", "1", "--data", "x.csv")
    assert "--column" in on_trained.refused("predict", "latest", "--data", "x.csv")
    assert "--data" in on_trained.refused("predict", "latest", "--column", "x")


CSV = {
    "no such column": (b"stop,line\n1,2\n2,3\n", "stops", ["no column", "stops", "stop"]),
    "mixed types": (b"stops\n1\n2\nten\n4\n", "stops", ["stops", "line 4"]),
    "no rows": (b"stops\n", "stops", ["no rows"]),
    "nothing at all": (b"", "stops", ["mine.csv"]),
    "invalid UTF-8": (b"stops\n1\n\xff\xfe\n3\n", "stops", ["mine.csv", "UTF-8"]),
    "one value": (b"stops\n1\n1\n", "stops", ["stops"]),
}


@pytest.mark.parametrize("name", list(CSV))
def test_bad_csv_files(shell, folder, tmp_path, name):
    content, column, parts = CSV[name]
    (tmp_path / "mine.csv").write_bytes(content)
    for command in (["data", "mine.csv"], ["run", "csv", "--data", "mine.csv"]):
        line = shell.refused(*command, "--column", column)
        for part in parts:
            assert part in line
    assert not folder.exists()


def test_blank_cells_are_refused_where_the_user_says_so(shell, folder, tmp_path):
    (tmp_path / "mine.csv").write_text("stops,n\n" + "1,0\n,0\n2,0\n" * 100)
    line = shell.refused(
        "run", "csv", "--data", "mine.csv", "--column", "stops", "--missing", "refuse"
    )
    assert "blank" in line
    assert not folder.exists()


@pytest.fixture
def damaged(shell, trained, folder):
    """A copy of the trained store, to be spoilt."""
    shutil.copytree(trained, folder)
    (run,) = folder.glob("runs/stream-*")
    return run


def _truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("name", ["weights.safetensors", "config.json", "json/signature.json"])
def test_a_truncated_run_cannot_be_asked(shell, damaged, name):
    (path,) = damaged.rglob(os.path.basename(name))
    _truncate(path)
    assert path.name in shell.refused("predict", damaged.name, "1", "2")
    # The others are as they were.
    listed = shell("runs", "list", "--json").json["runs"]
    assert damaged.name in [run["run_id"] for run in listed]
    assert shell("predict", "latest:window", "1", "2", "3", "4", "--json").code == 0


@pytest.mark.parametrize("name", ["result.json", "config.json"])
def test_a_truncated_run_cannot_be_shown(shell, damaged, name):
    (path,) = damaged.rglob(name)
    _truncate(path)
    assert path.name in shell.refused("runs", "show", damaged.name)
    assert shell("runs", "list").code == 0
    assert shell("runs", "remove", damaged.name).code == 0


def test_a_report_says_which_run_is_damaged(shell, damaged, tmp_path):
    (path,) = damaged.rglob("result.json")
    _truncate(path)
    said = shell("report", damaged.name, "latest:window", "-o", tmp_path / "r.html", "--no-check")
    assert said.code == 2
    assert damaged.name in said.err
    assert "result.json" in said.err
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "result.json" in page
    assert "window" in page


def test_a_series_shorter_than_its_stretches_leaves_no_run(shell, folder, tmp_path):
    (tmp_path / "mine.csv").write_text("v\n" + "1\n2\n" * 20)
    line = shell.refused("run", "csv", "--data", "mine.csv", "--column", "v")
    assert "task.length" in line
    assert not folder.exists()


def test_a_run_whose_settings_were_changed_by_hand(shell, damaged):
    import json

    path = damaged / "config.json"
    for part, name, value, said in (
        ("model", "units", 10**9, "model.units must be"),
        ("model", "units", 17, "weights.safetensors"),
        ("model", "kind", "os.system", "model.kind must be"),
    ):
        before = path.read_text()
        config = json.loads(before)
        config[part][name] = value
        path.write_text(json.dumps(config))
        assert said in shell.refused("predict", damaged.name, "1", "2")
        path.write_text(before)


def test_forecast_wants_a_step(on_trained):
    for steps in ("0", "-3"):
        assert "--steps" in on_trained.refused("forecast", "latest:stream", "--steps", steps)


def test_resume_takes_no_settings(on_trained):
    assert "--resume" in on_trained.refused("run", "--resume", "latest", "--epochs", "5")
    assert "--resume" in on_trained.refused("run", "--resume", "latest", "--seeds", "2")
    assert "finished" in on_trained.refused("run", "--resume", "latest:stream")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("span", "lstm", "--units", "4", "--params", "100"), "--params must be left out"),
        (("span", "lstm", "--task", "cpoy"), "--task must be one of echo, cued-echo"),
        (("span", "lstm", "--symbols", "1"), "--symbols must be a whole number"),
        (("span", "lstm", "--budget", "soon"), "--budget must be"),
        (("span", "lstmm"), "MODEL must be one of lstm, gru"),
        (("compare", "lstm", "lstm"), "MODEL must be two or more different models"),
        (("explain", "no-signl"), "CODE|SYMPTOM must be one of"),
        (("show", "widnow"), "NAME must be one of encode"),
        (("forecast", "latest:stream", "--steps", "0"), "--steps must be an integer"),
    ],
)
def test_an_error_names_what_was_typed(on_trained, arguments, said):
    assert said in on_trained.refused(*arguments)
