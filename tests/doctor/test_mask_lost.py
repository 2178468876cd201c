from __future__ import annotations

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.mask_cases import STEPS, WIDTH, attention, placed, reader, sentences
from echospan.adapters.adapt import adapt
from echospan.adapters.mask_steps import MaskStep
from echospan.doctor.mask_lost import lost

pytestmark = pytest.mark.filterwarnings("ignore:Layer .* does not support masking")


def step(kind, came, went, uses=False, steps=8, **more):
    return MaskStep(kind.lower(), kind, True, came, went, uses, steps, **more)


EMBEDDING = step("Embedding", False, True)


def test_the_call_at_which_the_mask_ends_is_named_with_what_would_use_it():
    found = lost(
        [EMBEDDING, step("Dropout", True, True), step("Conv1D", True, False),
         step("Dense", False, False), step("LSTM", False, False, uses=True)]
    )  # fmt: skip
    assert (found.at.kind, found.reader.kind, found.uses) == ("Conv1D", "LSTM", True)
    found = lost([EMBEDDING, step("Flatten", True, False), step("Dense", False, False, steps=32)])
    assert (found.at.kind, found.reader.kind, found.uses) == ("Flatten", "Flatten", False)


@pytest.mark.parametrize(
    "steps",
    [
        # An answer for all steps has no mask to pass on.
        [EMBEDDING, step("LSTM", True, False, uses=True), step("Dense", False, False, steps=4)],
        # Behind a recurrent layer masked steps repeat the last real one.
        [EMBEDDING, step("LSTM", True, True, uses=True), step("GlobalMaxPooling1D", True, False)],
        [EMBEDDING, step("LSTM", True, True, uses=True), step("Lambda", True, False)],
        # The maximum over steps that nothing follows, by an operation whose class says nothing.
        [EMBEDDING, step("Cast", True, False), step("Dense", False, False)],
        [step("Embedding", False, False), step("Conv1D", False, False), step("LSTM", False, False)],
    ],
)
def test_a_mask_that_has_done_its_work_may_end(steps):
    assert lost(steps) is None


def test_a_model_of_ones_own_class_is_followed():
    @keras.saving.register_keras_serializable("mask_lost")
    class Own(keras.Model):
        def __init__(self, **settings):
            super().__init__(**settings)
            self.words = keras.layers.Embedding(12, WIDTH, mask_zero=True)
            self.mix = keras.layers.Conv1D(WIDTH, 3, padding="same")
            self.read = keras.layers.GRU(WIDTH)

        def call(self, x):
            return self.read(self.mix(self.words(x)))

    x, _ = sentences(8)
    adapter = adapt(Own(), x, precision="float64", own_weights=False)
    found = lost(adapter.mask_steps([x]))
    assert (found.at.kind, found.reader.kind) == ("Conv1D", "GRU")


@pytest.mark.slow
def test_the_remedy_for_a_layer_passes_the_mask_on_and_the_twin_learns():
    x, y = sentences(256)
    model = reader(keras.layers.Conv1D(WIDTH, 1, name="mix"))
    found = echospan.check(model, x, y, batch_size=32)
    finding = next(f for f in found.findings if f.code == "mask-lost")
    assert finding.evidence["layer"] == "mix"
    assert "padding-after-end" not in found.codes
    exec(finding.remedy, {"model": model})
    assert echospan.check(model, x, y, batch_size=32).codes == ()
    keras.utils.set_random_seed(0)
    model.fit(x, y, epochs=25, batch_size=32, verbose=0)
    assert model.evaluate(x, y, verbose=0) < 0.3


@pytest.mark.slow
def test_the_remedy_for_an_operator_is_a_layer():
    x, y = sentences()
    found = echospan.check(placed(operator=True), x, y, batch_size=32)
    remedy = next(f.remedy for f in found.findings if f.code == "mask-lost")
    inputs = keras.Input((STEPS,), dtype="int32")
    h = keras.layers.Embedding(12, WIDTH, mask_zero=True)(inputs)
    names = {"keras": keras, "h": h, "other": keras.layers.Dense(WIDTH)(h)}
    exec(remedy, names)
    end = keras.layers.GlobalAveragePooling1D()(names["h"])
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(end))
    model.compile(loss="binary_crossentropy")
    assert "mask-lost" not in echospan.check(model, x, y, batch_size=32).codes


@pytest.mark.slow
def test_nothing_is_said_where_no_step_is_masked():
    x, y = sentences()
    x = np.where(x == 0, 1, x)
    model = reader(keras.layers.Conv1D(WIDTH, 2, padding="causal"))
    assert "mask-lost" not in echospan.check(model, x, y, batch_size=32).codes


@pytest.mark.slow
@pytest.mark.parametrize("fault", [{"keys": "queries"}, {"keys": "none"}, {"average": "all"}])
def test_in_torch_a_mask_that_hides_something_else_is_told_with_its_line(fault):
    pytest.importorskip("torch")
    x, y = sentences()
    found = echospan.check_torch(attention(**fault), x.astype("int64"), y, batch_size=16)
    finding = next(f for f in found.findings if f.code == "mask-lost")
    assert finding.evidence["where"].startswith("mask_cases.py:")
    lines = dict(zip(("scores", "h"), finding.remedy.splitlines(), strict=True))

    def change(what, names):
        exec(lines[what], names)
        return names[what]

    mended = echospan.check_torch(attention(change=change), x.astype("int64"), y, batch_size=16)
    assert "mask-lost" not in mended.codes
