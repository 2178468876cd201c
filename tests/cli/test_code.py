"""`code`: a recipe as a program."""

from __future__ import annotations

import ast
import json

import pytest


def test_it_prints_a_program_with_the_settings_typed(shell):
    said = shell("code", "stream", "--lag", "3", "--units", "20", "--set", "training.clip_norm=1.5")
    assert said.code == 0, said.err
    assert said.err == ""
    ast.parse(said.out)
    for line in (
        "LAG = 3",
        "UNITS = 20",
        "global_clipnorm=1.5",
        'os.environ["KERAS_BACKEND"] = "jax"',
    ):
        assert line in said.out
    assert "import echospan" not in said.out
    assert "echospan.fit" in shell("code", "stream", "--echospan").out
    assert shell("code", "stream", "--lag", "3", "--json").json["code"].count("LAG = 3") == 1


def test_a_variant_is_one_of_the_recipes(shell):
    assert "LAG = 6" in shell("code", "mlp", "--variant", "beyond-stream").out
    line = shell.refused("code", "mlp", "--variant", "beyond")
    assert "--variant must be one of window-mlp" in line
    assert "no variants" in shell.refused("code", "stream", "--variant", "x")


def test_it_writes_a_file_or_a_notebook(shell, tmp_path):
    assert shell("code", "window", "-o", "window.py").out == "window.py\n"
    assert (tmp_path / "window.py").read_text("utf-8") == shell("code", "window").out
    shell("code", "window", "--notebook", "-o", "window.ipynb")
    kinds = [
        cell["cell_type"] for cell in json.loads((tmp_path / "window.ipynb").read_text())["cells"]
    ]
    assert kinds.count("code") >= 6
    printed = shell("code", "window", "--notebook").out
    assert json.loads(printed) == json.loads((tmp_path / "window.ipynb").read_text("utf-8"))
    assert "--output" in shell.refused("code", "window", "-o", "window.txt")
    assert ".ipynb" in shell.refused("code", "window", "--notebook", "-o", "window.py")
    assert "my-csv.py" in shell.refused("code", "stream", "-o", "csv.py")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("code", "widnow"), "Did you mean 'window'?"),
        (("code", "stream", "--lag", "99"), "--lag"),
        (("code", "stream", "--set", "model.kind=mamba"), "can be written as a script"),
        (("code", "csv", "--data", "no.csv", "--column", "a"), "no.csv"),
    ],
)
def test_what_cannot_be_written_is_one_line(shell, arguments, part):
    assert part in shell.refused(*arguments)


def test_a_file_of_the_users_own_keeps_its_path_and_its_columns(shell, tmp_path):
    (tmp_path / "sub").mkdir()
    rows = "\n".join(f"{day},{day % 7}" for day in range(200))
    (tmp_path / "sub" / "days.csv").write_text(f"day,weekday\n{rows}\n")
    given = ("--data", "sub/days.csv", "--column")
    assert 'DATA = "sub/days.csv"' in shell("code", "csv", *given, "weekday").out
    missing = shell.refused("code", "csv", *given, "weekdya")
    assert missing == shell.refused("run", "csv", *given, "weekdya")
    assert "'weekday'" in missing
    unnamed = shell.refused("code", "csv")
    assert unnamed == shell.refused("run", "csv")
