from __future__ import annotations

import json
import re

import numpy as np
import pytest

from echospan.doctor import catalogue

FUNCTION = """
import keras
import numpy as np


def arguments():
    values = np.random.default_rng(0).integers(0, 9, 25)
    model = keras.Sequential([
        keras.Input(batch_shape=(6, 1, 9)),
        keras.layers.SimpleRNN(3, stateful=True),
        keras.layers.Dense(9, activation="softmax"),
    ])
    model.compile(loss="sparse_categorical_crossentropy")
    return dict(
        model=model, x=np.eye(9)[values[1:], None], y=values[:-1], batch_size=6, shuffle=False,
        reset_state="epoch", trainer="echospan",
    )


def nothing():
    return 3


def fails():
    raise KeyError("no such column")


def no_model():
    return dict(arguments(), model=3)
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(FUNCTION, "utf-8")
    return path


def test_a_function_in_a_file(shell, file, tmp_path):
    figure = tmp_path / "reach.png"
    said = shell("check", f"{file}:arguments", "--json", "--figure", str(figure))
    assert said.code == 1
    told = json.loads(said.out)
    assert [finding["code"] for finding in told["findings"]] == [
        "state-row-mismatch",
        "gradient-cut",
    ]
    assert set(told["findings"][0]) == {"code", "severity", "message", "evidence", "remedy"}
    assert {"findings", "reach", "needs_lag", "versions", "seconds"} <= set(told)
    assert [lag["lag"] for lag in told["reach"] if lag["forward"]] == [0, 6, 12]
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_a_saved_model_and_saved_arrays(shell, tmp_path):
    import keras

    model = keras.Sequential([keras.Input((4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile(loss="mse")
    model.save(tmp_path / "model.keras")
    series = np.random.default_rng(0).normal(size=60)
    x = np.lib.stride_tricks.sliding_window_view(series, 4)[:, :, None]
    np.savez(tmp_path / "data.npz", x=x, y=x[:, 1])
    files = ("--model", str(tmp_path / "model.keras"), "--data", str(tmp_path / "data.npz"))
    said = shell("check", *files, "--batch-size", "6", "--no-shuffle")
    assert said.code == 0, said.err
    assert "target-in-input" in said.out
    assert "time step 1 (2 before the newest)" in " ".join(said.out.split())
    np.savez(tmp_path / "data.npz", x=x)
    said = shell("check", *files)
    assert said.code == 2
    assert "it holds x" in said.err


@pytest.mark.slow
def test_saved_arrays_of_several_inputs_by_name(shell, tmp_path):
    import keras

    parts = [keras.Input((4, 1), name="near"), keras.Input((4, 1), name="far")]
    both = keras.layers.Flatten()(keras.layers.Concatenate()(parts))
    model = keras.Model(parts, keras.layers.Dense(1, name="said")(both))
    model.compile(loss="mse")
    model.save(tmp_path / "model.keras")
    series = np.random.default_rng(0).normal(size=(2, 60))
    near, far = np.lib.stride_tricks.sliding_window_view(series, 4, axis=1)[..., None]
    files = ("--model", str(tmp_path / "model.keras"), "--data", str(tmp_path / "data.npz"))
    np.savez(tmp_path / "data.npz", x_near=near, x_far=far, y=far[:, 1])
    said = shell("check", *files, "--batch-size", "6", "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert told["findings"][0]["evidence"]["input"] == "far"
    assert {lag["input"] for lag in told["reach"]} == {"near", "far"}
    np.savez(tmp_path / "data.npz", x_near=near, y=far[:, 1])
    said = shell("check", *files)
    assert said.code == 2
    assert "x_near, x_far for a model with several; it holds x_near, y" in said.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "FILE.py:FUNCTION must be given"),
        (("train.py",), "written like train.py:arguments"),
        (
            ("nowhere.py:arguments",),
            "with a file that exists; got 'nowhere.py'",
        ),
        (("--model", "m.keras"), "--data must be given together"),
        (("--model", "m.keras", "--data", "d.npz"), "d.npz does not exist"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(shell, words, says):
    said = shell("check", *words)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nothing", "returns a dictionary with model, x, y and batch_size; got 'int'"),
        ("fails", "failed with KeyError: 'no such column'"),
        ("absent", "It has no 'absent'"),
        ("no_model", "error: model must be a Keras 3 model"),
    ],
)
def test_a_function_that_does_not_serve(shell, file, name, says):
    said = shell("check", f"{file}:{name}")
    assert said.code == 2
    assert says in said.err


def test_a_saved_model_that_could_run_code_is_refused_unless_trusted(shell, tmp_path):
    import keras

    model = keras.Sequential([keras.Input((4, 1)), keras.layers.Lambda(lambda x: 2 * x)])
    model.compile(loss="mse")
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(60, 4, 1))
    np.savez(tmp_path / "data.npz", x=x, y=x)
    files = ("--model", str(tmp_path / "model.keras"), "--data", str(tmp_path / "data.npz"))
    said = shell("check", *files)
    assert (said.code, said.out) == (2, "")
    assert "without Lambda layers" in said.err
    assert "Add --trust" in said.err
    assert shell("check", *files, "--trust", "--json").code in (0, 1)


def test_explain(shell):
    said = shell("explain", "gradient-cut")
    assert said.code == 0
    assert "Backpropagation covers fewer steps than the lag" in said.out
    assert json.loads(shell("explain", "gradient-cut", "--json").out)["code"] == "gradient-cut"
    said = shell("explain", "gradient-cat")
    assert said.code == 2
    assert "Did you mean 'gradient-cut'?" in said.err


def test_explain_without_a_code_lists_them(shell):
    said = shell("explain")
    assert (said.code, said.out) == (0, shell("list", "findings").out)
    for code, found in catalogue().items():
        (line,) = [line for line in said.out.splitlines() if line.startswith(f"{code} ")]
        assert line.split(maxsplit=1)[1] == found.title
    assert shell("explain", "--json").json == shell("list", "findings", "--json").json


def test_explain_a_symptom(shell):
    said = shell("explain", "the loss does not go down")
    assert said.code == 0
    assert said.out.startswith('"the loss does not go down" may be: "loss stays flat".')
    assert re.search("^state-row-mismatch +Each batch row inherits.*sample$", said.out, re.M)
    # Without quotation marks, too.
    assert shell("explain", "the", "loss", "does", "not", "go", "down").out == said.out
    told = json.loads(shell("explain", "different results each time", "--json").out)
    assert told["symptoms"][0] == {"symptom": "different results each time", "likeness": 1.0}
    assert "answer-not-repeatable" in [found["code"] for found in told["findings"]]
    said = shell("explain", "purple elephants")
    assert said.code == 2
    assert said.out == ""
    told = " ".join(said.err.split())
    assert "like one of these: loss stays flat; " in told
    assert "always predicts the mean; " in told


def checked(shell, *words):
    said = shell("run", "mistake", "--check", "--units", "4", *words, "--json")
    return said, json.loads(said.out)


@pytest.mark.slow
def test_a_recipe_is_checked_without_training(shell, tmp_path):
    said, told = checked(shell, "--no-variants")
    assert (said.code, told["ok"]) == (1, False)
    found = told["checks"][0]["findings"]
    assert [finding["code"] for finding in found] == ["state-row-mismatch", "gradient-cut"]
    assert "Row 3 of batch 2 (sample 15)" in found[0]["message"]
    assert json.loads(shell("runs", "list", "--json").out)["runs"] == []
    # Its remedies are settings, as they are pasted, and mend it.
    said, told = checked(shell, "--no-variants", *found[0]["remedy"].split())
    assert (said.code, told["ok"]) == (0, True)
    assert [finding["code"] for finding in told["checks"][0]["findings"]] == ["gradient-cut"]


@pytest.mark.slow
def test_variants_count_and_the_cures_are_clean(shell):
    said, told = checked(shell)
    assert (said.code, told["ok"]) == (1, False)
    codes = {c["label"]: [f["code"] for f in c["findings"]] for c in told["checks"]}
    rows, gradient = "state-row-mismatch", "gradient-cut"
    assert codes == {
        "mistake": [rows, gradient],
        "rows as in the tutorial, gradient through one step": [rows, gradient],
        "rows as in the tutorial, gradient through the sequence": [rows],
        "rows aligned, gradient through one step": [gradient],
        "rows aligned, gradient through the sequence": [],
    }
    reach = {c["label"]: {lag["lag"]: lag for lag in c["reach"]} for c in told["checks"]}
    blind = reach["rows as in the tutorial, gradient through the sequence"]
    # Samples of one row lie 6 steps apart: the value needed stands in none of them.
    assert [lag for lag, line in blind.items() if line["forward"]] == [0, 6, 12]
    cured = reach["rows aligned, gradient through the sequence"]
    assert (cured[1]["forward"], cured[1]["gradient"]) == (True, True)


@pytest.mark.slow
def test_a_sound_experiment_with_a_faulty_variant_is_not_clean(shell, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        """
        title = "Rows aligned, and then not"
        task = { kind = "echo", lag = 1, symbols = 9 }
        framing = { kind = "per-step", rows = "aligned" }
        model = { kind = "lstm", units = 4, stateful = true }
        training = { sequences = 6, reset_state = "epoch" }
        [[variants]]
        name = "wrong"
        set = { "framing.rows" = "consecutive", "training.batch_size" = 6 }
        """
    )
    assert shell("run", str(file), "--check", "--no-variants").code == 0
    said = shell("run", str(file), "--check", "--json")
    assert said.code == 1
    told = json.loads(said.out)
    assert [check["ok"] for check in told["checks"]] == [True, False]
    assert not told["ok"]


@pytest.mark.slow
def test_a_table_at_the_end_says_which_are_clean(shell):
    said = shell("run", "mistake", "--check", "--units", "4")
    assert said.code == 1
    table = said.out[said.out.index("Checks") :]
    assert "state-row-mismatch" in table
    assert table.count("clean") == 1
