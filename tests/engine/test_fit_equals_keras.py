"""Training by `echospan.fit` against Keras's own training on the same batches."""

from __future__ import annotations

import numpy as np
import pytest

import echospan
from engine.cases import (
    CASES,
    GAPPED,
    LABELS,
    ROWS,
    STEP_LABELS,
    Case,
    adam,
    classes,
    dense,
    lstm,
    stack,
)

pytestmark = pytest.mark.golden
EPOCHS = 2


def twins(keras, case: Case):
    """Two models that start alike."""
    made = []
    for _ in range(2):
        keras.utils.set_random_seed(11)
        made.append(case.model(keras))
    return made


def everything(model):
    """All values that training changes, metrics apart."""
    return [np.asarray(v.value) for v in [*model.variables, *model.optimizer.variables]]


# Each compiles Keras's own training, too, which takes seconds; a few of different kinds are enough
# to see at once that something is amiss.
AT_ONCE = ("lstm-adam", "masking-time-weights", "own-losses-only", "sample-weights-adamw-average")


@pytest.mark.parametrize(
    "case",
    [
        case if str(case) in AT_ONCE else pytest.param(case, marks=pytest.mark.slow)
        for case in CASES
    ],
    ids=str,
)
def test_weights_and_history_equal_those_of_keras_fit(keras, policy, case):
    policy(case.policy)
    ours, theirs = twins(keras, case)
    settings = {"batch_size": case.batch_size, "epochs": EPOCHS, "shuffle": False, **case.settings}
    got = echospan.fit(ours, case.x, case.y, **settings)
    want = theirs.fit(case.x, case.y, verbose=0, **settings)
    close = {"rtol": case.rtol, "atol": case.atol}
    assert len(everything(ours)) == len(everything(theirs))
    for a, b in zip(everything(ours), everything(theirs), strict=True):
        np.testing.assert_allclose(a, b, **close)
    assert set(got.history) == set(want.history)
    for name, values in want.history.items():
        np.testing.assert_allclose(got.history[name], values, **close)
    assert got.epoch == want.epoch == [0, 1]
    steps = -(-len(LABELS) // case.batch_size)
    assert got.params == {"epochs": EPOCHS, "steps": steps, "verbose": 0}


@pytest.mark.slow
def test_masked_steps_do_not_count_in_metrics(keras):
    # On JAX, Keras's own `fit` forgets the mask for metrics; its `evaluate`, and its `fit` on
    # TensorFlow, heed it.
    build = stack(
        lambda layers: layers.Masking(0.0),
        lstm(return_sequences=True),
        classes(),
        optimizer=lambda keras: keras.optimizers.SGD(0.0),
        metrics=["accuracy"],
    )
    ours, theirs = twins(keras, Case("", build, GAPPED, STEP_LABELS))
    got = echospan.fit(ours, GAPPED, STEP_LABELS, batch_size=10, shuffle=False)
    want = theirs.evaluate(GAPPED, STEP_LABELS, batch_size=10, return_dict=True, verbose=0)
    unmasked = np.mean(theirs.predict(GAPPED, verbose=0).argmax(-1) == STEP_LABELS)
    assert got.history["accuracy"] == pytest.approx([want["accuracy"]])
    assert want["accuracy"] != pytest.approx(unmasked)


def test_weights_equal_those_of_train_on_batch(keras):
    case = Case("", stack(dense(), classes(), optimizer=adam()), ROWS, LABELS)
    ours, theirs = twins(keras, case)
    echospan.fit(ours, ROWS, LABELS, batch_size=5, epochs=3, shuffle=False)
    for _ in range(3):
        for start in (0, 5):
            theirs.train_on_batch(ROWS[start : start + 5], LABELS[start : start + 5])
    for a, b in zip(everything(ours), everything(theirs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("case", [c for c in CASES if c.name != "own-losses-only"][::3], ids=str)
def test_evaluate_and_predict_equal_those_of_keras(keras, policy, case):
    policy(case.policy)
    ours, theirs = twins(keras, case)
    weight = case.settings.get("sample_weight")
    settings = {"batch_size": case.batch_size, "sample_weight": weight, "return_dict": True}
    got = echospan.evaluate(ours, case.x, case.y, **settings)
    want = theirs.evaluate(case.x, case.y, verbose=0, **settings)
    close = {"rtol": case.rtol, "atol": case.atol}
    assert set(got) == set(want)
    for name, value in want.items():
        np.testing.assert_allclose(got[name], value, **close)
    keras.tree.map_structure(
        lambda a, b: np.testing.assert_allclose(a, b, **close),
        echospan.predict(ours, case.x, batch_size=case.batch_size),
        theirs.predict(case.x, batch_size=case.batch_size, verbose=0),
    )
