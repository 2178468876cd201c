"""What `predict` says about values without an answer, over framings and lags."""

from __future__ import annotations

import pytest

from echospan.errors import DataError
from echospan.models.init import Init
from echospan.recipe import find
from echospan.serve import Trained
from echospan.serve.notes import first_answer, note

SMALL = {"task.symbols": 60, "task.length": 8, "model.units": 3}


def untrained(recipe, **settings):
    """A run's model before any training: notes depend on the framing alone."""
    from echospan.backend import keras_on_jax
    from echospan.engine.values import read

    keras_on_jax()
    given = {key.replace("__", "."): value for key, value in settings.items()}
    experiment = find(recipe).settle({**SMALL, **given})
    signature = experiment.signature()
    model = experiment.model.build(signature, Init(0))
    return Trained(experiment, signature, model, read(model)._replace(states=[]), None)


WINDOW = {"training__batch_size": 3, "framing__window": 5}


@pytest.mark.parametrize(
    ("recipe", "settings", "given", "said"),
    [
        ("stream", {}, 1, "34 is remembered: the answer comes with the next number."),
        ("stream", {"task__lag": 3}, 1, "34 is remembered: the answer comes with the 3rd number"),
        ("stream", {"task__lag": 3}, 3, "34 is remembered: the answer comes with the next number."),
        (
            "stream",
            {"task__lag": 3},
            5,
            "The first 3 numbers have no answer: each answer is the number 3 steps",
        ),
        ("stream", {"task__lag": 0}, 1, ""),
        ("sequence", {"training__sequences": 32}, 2, "comes with the next number."),
        ("mistake", {"training__batch_size": 7}, 1, "34 is read: the answer about it comes with"),
        ("window", WINDOW, 1, "from a window of 5 numbers: 4 more are needed."),
        ("window", WINDOW, 4, "from a window of 5 numbers: 1 more is needed."),
        ("window", WINDOW, 6, "The first 4 numbers have no answer: this model answers from a"),
        (
            "window",
            {"task__lag": 6, "framing__force": True, "training__batch_size": 2},
            5,
            "The first answer comes with number 7: 2 more are needed.",
        ),
        ("masked", {"training__batch_size": 8}, 1, "The first answer comes with number 2: 1 more"),
        ("prefix", {"training__batch_size": 8}, 1, "The first answer comes with number 2: 1 more"),
        ("encoder-decoder", {}, 3, "once it has read 8 numbers: 5 more are needed."),
        ("encoder-decoder", {}, 8, ""),
    ],
)
@pytest.mark.slow
def test_a_note_says_what_is_missing(recipe, settings, given, said):
    trained = untrained(recipe, **settings)
    texts = [str(34 + step) for step in range(given)]
    found = note(trained, texts)
    assert said in found
    assert bool(said) == bool(found)
    predicted = trained.predict(texts)
    assert predicted.note == found
    answered = [place for place, answer in enumerate(predicted.predicted, 1) if answer is not None]
    if given >= first_answer(trained):
        assert answered[0] == (1 if recipe == "encoder-decoder" else first_answer(trained))
    else:
        assert answered == []


def test_a_number_outside_says_where_and_that_it_means_training_again():
    trained = untrained("stream")
    with pytest.raises(DataError, match=r"position 2 \(item 3 of 3\) is '156'") as caught:
        trained.predict(["34", "12", "156"])
    assert "0 to 59" in str(caught.value)
    assert "echospan run stream --symbols 157" in str(caught.value)
    for bad in ("-1", "9" * 5000, "1.5", "x"):
        with pytest.raises(DataError, match="0 to 59"):
            trained.predict([bad])
