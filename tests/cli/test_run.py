from __future__ import annotations

import pytest

from cli.helpers import TINY

KEYS = {
    "recipe", "run_id", "seed", "accuracy", "accuracy_interval", "chance", "epochs", "updates",
    "parameters", "seconds", "expected", "predicted",
}  # fmt: skip


def test_one_json_object(shell, folder):
    said = shell("run", "stream", *TINY, "--seed", "3", "--json")
    result = said.json
    assert result.keys() >= KEYS
    assert result["recipe"] == "stream"
    assert result["seed"] == 3
    assert result["chance"] == 0.2
    assert len(result["accuracy_interval"]) == 2
    assert result["seconds"].keys() == {"compile", "train", "evaluate"}
    assert all(seconds >= 0 for seconds in result["seconds"].values())
    assert len(result["expected"]) == len(result["predicted"]) == 8
    assert result["settings"]["task"]["symbols"] == 5
    assert said.err == ""
    assert (folder / "runs" / result["run_id"]).is_dir()


def test_several_seeds_give_runs_and_a_summary(shell):
    said = shell("run", "stream", *TINY, "--seed", "4", "--seeds", "2", "--json").json
    assert [run["seed"] for run in said["runs"]] == [4, 5]
    assert said["runs"][0]["accuracy"] != said["runs"][1]["accuracy"]
    assert all(run.keys() >= KEYS for run in said["runs"])
    summary = said["summary"]
    assert summary["seeds"] == 2
    assert summary["accuracies"] == [run["accuracy"] for run in said["runs"]]
    low, high = summary["interval"]
    assert low <= summary["accuracy"] <= high


def test_without_json_it_reads_well(shell):
    said = shell("run", "stream", *TINY)
    assert said.code == 0
    assert "stream" in said.out
    assert "chance" in said.out
    # No escape sequences where standard output is not a terminal.
    assert "\x1b" not in said.out


@pytest.mark.slow
def test_the_short_options_set_what_they_say(shell):
    result = shell(
        *("run", "window", "--lag", "2", "--symbols", "6", "--length", "12", "--window", "4"),
        *("--units", "3", "--epochs", "2", "--batch-size", "4", "--learning-rate", "0.5"),
        *("--seed", "9", "--json"),
    ).json
    settings = result["settings"]
    assert settings["task"] == {"kind": "echo", "lag": 2, "symbols": 6, "length": 12}
    assert settings["framing"]["window"] == 4
    assert settings["model"]["units"] == 3
    assert settings["training"]["epochs"] == 2
    assert settings["training"]["batch_size"] == 4
    assert settings["training"]["learning_rate"] == 0.5
    assert result["updates"] == 4


@pytest.mark.slow
def test_a_file_of_the_users_own_runs_the_same_way(shell, tmp_path):
    (tmp_path / "mine.toml").write_text(
        "[task]\nkind = 'echo'\nsymbols = 4\nlength = 6\nlag = 1\n"
        "[framing]\nkind = 'stream'\n[model]\nkind = 'gru'\nunits = 3\n"
        "[training]\nepochs = 2\n"
    )
    result = shell("run", "mine.toml", "--set", "task.lag=2", "--json").json
    assert result["recipe"] == "mine"
    assert result["settings"]["task"]["lag"] == 2
    assert result["settings"]["model"]["kind"] == "gru"


@pytest.mark.slow
def test_variants_can_be_left_out(shell):
    result = shell("run", "regression", "--epochs", "1", "--no-variants", "--json").json
    assert "variants" not in result


RECIPES = [
    "encode", "echo", "mistake", "window", "stateless", "masked", "prefix", "lags", "sequence",
    "encoder-decoder", "stream", "mlp", "binary", "embedding", "regression", "csv",
]  # fmt: skip


def test_list_names_every_recipe(shell):
    listed = shell("list", "--json").json["recipes"]
    assert [recipe["name"] for recipe in listed] == RECIPES
    assert all(recipe["title"] and recipe["about"] for recipe in listed)
    assert all(name in shell("list").out for name in RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_show_every_recipe(shell, folder, tmp_path, name):
    options = []
    if name == "csv":
        (tmp_path / "mine.csv").write_text("v\n" + "\n".join(str(i % 7) for i in range(300)))
        options = ["--data", "mine.csv", "--column", "v"]
    shown = shell("show", name, *options, "--json").json
    assert shown["recipe"] == name
    assert shown["rows"]
    assert shell("show", name, *options).out.startswith("sequence: ")
    assert not folder.exists()


ROWS = ("--set", "training.batch_size=7")


def test_show_puts_the_lagged_value_beside_its_window(shell):
    shown = shell("show", "window", "--window", "4", "--lag", "2", *ROWS, "--json").json
    values = shown["sequence"]
    assert len(values) == 25
    # 21 windows; the first ends at step 4.
    for step, row in zip(range(4, 25), shown["rows"], strict=True):
        assert row["x"] == values[step - 3 : step + 1]
        assert row["y"] == values[step - 2]


def test_show_lays_the_mistake_out_in_batches_of_six(shell):
    shown = shell("show", "mistake", "--json").json
    values, rows = shown["sequence"], shown["rows"]
    assert [(row["batch"], row["row"]) for row in rows] == [(i // 6, i % 6) for i in range(24)]
    assert [row["x"] for row in rows] == [[value] for value in values[1:]]
    assert [row["y"] for row in rows] == values[:-1]
    text = " ".join(shown["explanation"])
    assert "lags 6, 12, 18" in text
