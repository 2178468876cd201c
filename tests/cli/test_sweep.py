import re
from importlib.resources import files

import pytest

from cli.helpers import Shell

pytest.importorskip("jax")
pytest.importorskip("safetensors")

FILE = """
recipe = "stream"

[task]
symbols = 5
length = 8

[training]
sequences = 4
batch_size = 4

[sweep]
"training.epochs" = [2, 3]
seed = [0]
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "tiny.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def shell(capsys):
    return Shell(capsys)


def test_a_dry_run_counts(shell, file, tmp_path):
    said = shell("sweep", file, "--dry-run", "--json")
    assert (said.json["total"], said.json["left"], said.json["rows"]) == (2, 2, [])
    assert said.json["expected_seconds"] is None
    assert not (tmp_path / "echospan-runs").exists()
    assert "0 of 2 units finished, 2 not done" in shell("sweep", file, "--dry-run").out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["no.toml"], "no.toml does not exist"),
        (["tiny.toml", "other.toml"], "FILE.toml must be one .toml file"),
        (["plot"], "FILE.toml must be one .toml file, or plot"),
        (["tiny.toml", "--retry", "all"], "--retry must be 'failed'; got 'all'"),
        (["tiny.toml", "--executor", "slum"], "executor must be one of pool"),
        (["tiny.toml", "--time-limit", "0"], "--time-limit must be"),
        (["tiny.toml", "--kind", "heat"], "--kind must be left out without plot"),
        (["tiny.toml", "-o", "a.doc"], "--output must be"),
        (["tiny.toml", "--from", "a.txt", "--dry-run"], "--from must be a .parquet or .csv"),
        (["plot", "tiny.toml"], "--output must be given"),
        (["plot", "tiny.toml", "--dry-run", "-o", "a.png"], "--dry-run must be left out"),
        (["plot", "tiny.toml", "-o", "a.png"], "nothing to draw"),
    ],
)
def test_bad_input_is_one_line(shell, file, given, said):
    if "nothing" in said:
        pytest.importorskip("matplotlib")
    assert said in shell.refused("sweep", *given)


RANGE = ", ".join(str(number) for number in range(1001))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('recipe = "stream', "bad.toml is not valid TOML: .*line 1"),
        ('recipe = "stream"\n[sweep]\n"training.epoch" = [1]', "training.epoch must be left out"),
        ('recipe = "stream"\n[sweep]\n"training.epochs" = [1, -1, -2]',
         "got 2 of 3 that can't. training.epochs=-1: training.epochs must be .* got -1; training"),
        ('recipe = "stream"\n[sweep.zip]\nseed = [1, 2, 3]\n"training.epochs" = [1, 2]',
         "sweep.zip.training.epochs must be as long as sweep.zip.seed, which holds 3 values"),
        ('recipe = "stream"\n[sweep.zip]\nseed = [1, 1]\n"training.epochs" = [2, 2]',
         "sweep must be made of points that differ; got seed=1, training.epochs=2, and "),
        ('recipe = "stream"\n[sweep]\n"training.learning_rate" = [1, 1.0]',
         "sweep must be made of points that differ"),
        ('recipe = "stream"\n[sweep]\nseed = [1]\n[sweep.when]\nseed = { "model.heads" = 3 }',
         "sweep.when.seed must be made of fields that are swept, .* got 'model.heads'"),
        ('recipe = "window"\n[sweep]\n"model.units" = [8, 90_000]', "needs about 1.* TB of memory"),
        (f'recipe = "stream"\n[sweep]\nseed = [{RANGE}]\n"training.epochs" = [{RANGE}]',
         "sweep must be at most 1,000,000; got 1002001.* --yes"),
        ('verb = "span"\nmodel = "lstm"\nprotocol = "newer.toml"\n[sweep]\nsymbols = [2]',
         "protocol.format must be 1, the newest form .* got 99. Use a newer echospan"),
        ('verb = "span"\nmodel = "lstm"\nprotocol = "quick-2"\n[sweep]\nsymbols = [2]',
         "protocol must be one of .* Did you mean 'quick-1'"),
        ('verb = "spam"\n[sweep]\nsymbols = [2]', "verb must be one of .* Did you mean 'span'"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_is_one_line_and_nothing_is_started(
    shell, tmp_path, monkeypatch, content, said
):
    monkeypatch.chdir(tmp_path)
    protocol = files("echospan") / "protocols" / "quick-1.toml"
    (tmp_path / "newer.toml").write_text(
        protocol.read_text("utf-8").replace("format = 1", "format = 99")
    )
    (tmp_path / "bad.toml").write_text(content)
    assert re.search(said, shell.refused("sweep", "bad.toml"))
    assert not (tmp_path / "echospan-runs").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "a,b\n1,2\n", "a.csv is no table of a sweep: it has no column fingerprint"),
        ("b.parquet", "x", "b.parquet can't be read as a table"),
    ],
)
def test_a_table_that_is_none_of_a_sweep_is_refused(shell, file, tmp_path, name, content, said):
    pytest.importorskip("polars")
    (tmp_path / name).write_text(content)
    assert said in shell.refused("sweep", file, "--from", name)


def test_a_table_of_another_sweep_is_told_of(shell, file, tmp_path):
    pytest.importorskip("polars")
    (tmp_path / "t.csv").write_text("state,fingerprint\nfinished,0123456789abcdef\n")
    said = shell("sweep", file, "--from", "t.csv", "--dry-run")
    assert "No unit of this sweep is finished in t.csv." in said.err
    assert "0 of 2 units finished" in said.out


@pytest.mark.slow
def test_a_sweep_from_the_command_line(shell, file, tmp_path):
    pytest.importorskip("matplotlib")
    pytest.importorskip("polars")
    said = shell("sweep", file, "-o", "t.csv", "--workers", "1")
    assert said.code == 0
    assert "2 of 2 units finished" in said.out
    assert said.out.rstrip().endswith("t.csv")
    listed = shell("runs", "list", "--json").json["runs"]
    assert [run["state"] for run in listed] == ["finished"] * 2
    assert shell("sweep", "plot", file, "-o", "a.png").out == "a.png\n"
    assert (tmp_path / "a.png").stat().st_size
    other = shell("sweep", file, "--from", "t.csv", "--store", "other", "--json")
    assert (other.json["before"], other.json["left"]) == (2, 0)
    assert shell("sweep", file, "--dry-run", "--json").json["before"] == 2
