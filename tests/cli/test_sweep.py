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
        (["tiny.toml", "--retry", "all"], "--retry must be"),
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
