"""ONNX files, run by ONNX Runtime."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

import onnx  # noqa: E402

from echospan.engine.onnx_graph import NotConvertible, convert  # noqa: E402
from echospan.errors import EchospanError, StoreError  # noqa: E402
from echospan.serve import load, onnx_file  # noqa: E402
from echospan.serve.stepper import answers  # noqa: E402
from echospan.store import Store  # noqa: E402

# The suite that has the extra runs slow tests alone.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def loaded(trained):
    with Store(trained) as store:
        return {name: load(store.get(f"latest:{name}")) for name in ("stream", "window")}


@pytest.fixture(scope="module")
def files(loaded, tmp_path_factory):
    folder = tmp_path_factory.mktemp("onnx")
    return {name: run.export_onnx(folder / f"{name}.onnx") for name, run in loaded.items()}


def session(written):
    return onnxruntime.InferenceSession(str(written.path), providers=["CPUExecutionProvider"])


def test_a_stream_answers_step_by_step_as_offline(loaded, files):
    written, run = files["stream"], session(files["stream"])
    assert (written.stepwise, written.states) == (True, ("state_0", "state_1"))
    assert written.compared > 1000
    assert written.largest_difference <= written.tolerance
    sequences = np.random.default_rng(0).integers(0, 5, (3, 12)).astype("int32")
    state = {each.name: np.zeros([3, *each.shape[1:]], "float32") for each in run.get_inputs()[1:]}
    said = []
    for numbers in sequences.T:
        _, answered, *after = run.run(None, {"numbers": numbers[:, None], **state})
        state = dict(zip(state, after, strict=True))
        said.append(answered[:, -1])
    for row, sequence in enumerate(sequences):
        wanted = list(answers(loaded["stream"], sequence))
        assert wanted[0] is None
        assert [int(one[row]) for one in said[1:]] == wanted[1:]


def test_a_window_answers_any_number_of_rows(loaded, files):
    written, run = files["window"], session(files["window"])
    assert (written.stepwise, written.states, written.timesteps) == (False, (), 3)
    windows = np.random.default_rng(1).integers(0, 5, (9, 3)).astype("int32")
    _, answered = run.run(None, {"numbers": windows})
    for row, window in enumerate(windows):
        assert int(answered[row]) == list(answers(loaded["window"], window))[-1]
        np.testing.assert_array_equal(run.run(None, {"numbers": window[None]})[1][0], answered[row])


def test_what_the_file_says_of_itself(files):
    model = onnx.load(str(files["stream"].path))
    told = {each.key: each.value for each in model.metadata_props}
    about = json.loads(told["echospan"])
    assert about["values"] == ["0", "1", "2", "3", "4"]
    assert about["recipe"] == "stream"
    (batch, time) = model.graph.input[0].type.tensor_type.shape.dim
    assert (batch.dim_param, time.dim_value) == ("batch", 1)


def test_a_file_that_differs_is_not_written(loaded, tmp_path, monkeypatch):
    """A graph with a fault: each tanh is left out."""
    from echospan.engine.onnx_graph.numbers import same

    monkeypatch.setitem(convert.TABLE, "tanh", same)
    for name, run in loaded.items():
        with pytest.raises(EchospanError, match="Nothing was written"):
            run.export_onnx(tmp_path / f"{name}.onnx")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced_unasked(loaded, tmp_path):
    place = tmp_path / "a.onnx"
    place.write_text("mine")
    with pytest.raises(StoreError, match="--overwrite"):
        loaded["window"].export_onnx(place)
    assert place.read_text() == "mine"
    (tmp_path / "b.onnx").symlink_to(place)
    with pytest.raises(StoreError, match="link"):
        loaded["window"].export_onnx(tmp_path / "b.onnx", overwrite=True)
    loaded["window"].export_onnx(place, overwrite=True)
    onnx.checker.check_model(str(place))


def test_an_operation_without_a_counterpart_is_named(loaded, tmp_path, monkeypatch):
    monkeypatch.delitem(convert.TABLE, "logistic")
    with pytest.raises(NotConvertible, match="'logistic' has no counterpart"):
        loaded["stream"].export_onnx(tmp_path / "a.onnx")


def test_the_lines_that_are_printed_run(loaded, files, capsys):
    for name, written in files.items():
        exec(onnx_file.how_to_run(loaded[name], written), {})
        assert capsys.readouterr().out.count("[") >= 1


KINDS = ("gru", "simple-rnn", "ind-rnn", "min-gru", "min-lstm", "mamba", "lmu", "transformer",
         "tcn", "esn", "delay-line", "last-value")  # fmt: skip


def untrained(kind):
    from echospan.engine.values import read
    from echospan.experiment import Experiment
    from echospan.models import Init
    from echospan.recipe import find
    from echospan.serve.trained import Trained

    experiment = find("stream").settle({"model.kind": kind, "task.symbols": 6})
    assert isinstance(experiment, Experiment)
    signature = experiment.signature()
    model = experiment.model.build(signature, Init(1))
    return Trained(experiment, signature, model, read(model)._replace(states=[]), None)


@pytest.mark.parametrize("kind", KINDS)
def test_built_in_models(kind, tmp_path):
    written = untrained(kind).export_onnx(tmp_path / "a.onnx")
    assert written.stepwise
    assert written.largest_difference < 1e-4


@pytest.mark.parametrize(("kind", "why"), [("lru", "complex"), ("chance", "random")])
def test_models_that_cannot_be_written_say_why(kind, why, tmp_path):
    with pytest.raises(NotConvertible, match=why):
        untrained(kind).export_onnx(tmp_path / "a.onnx")
