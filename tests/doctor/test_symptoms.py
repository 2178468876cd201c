"""Symptoms in any words, and the findings that explain them."""

from __future__ import annotations

import pytest

from echospan.doctor import catalogue, explain
from echospan.doctor.explain import causes
from echospan.doctor.symptoms import match, symptoms
from echospan.errors import ConfigError

WORDINGS = {
    "loss stays flat": [
        "the loss doesn't go down",
        "my loss is not decreasing",
        "training loss plateaus",
        "loss does not change at all",
        "loss stuck at 0.693",
        "flat-loss",
    ],
    "always predicts the mean": [
        "predictions are always the average",
        "model predicts a constant",
        "my network outputs the same value for every input",
    ],
    "forecast is shifted by one": [
        "predictions lag one step behind the actual values",
        "my LSTM just repeats the last value",
        "prediction is delayed by one time step",
    ],
    "different results each time": [
        "results are not reproducible",
        "I get different predictions for the same input",
        "outputs vary from run to run",
    ],
    "validation much better than training": [
        "val accuracy higher than train accuracy",
        "validation loss lower than training loss",
        "training is worse than validation",
    ],
    "validation much worse than training": [
        "training loss low but validation loss high",
        "test accuracy much worse than train",
        "overfitting",
        "perfect training accuracy but bad test accuracy",
    ],
    "loss is nan": ["loss becomes NaN after a few epochs", "loss is inf"],
    "loss explodes": ["loss goes up", "the loss diverges"],
    "perfect in training, useless afterwards": [
        "99% accuracy in training but garbage in production"
    ],
    "accuracy stays at chance": ["accuracy stuck at 50 %", "accuracy no better than chance"],
    "weights do not change": ["weights aren't updating"],
    "the distant past is ignored": ["model ignores history", "vanishing gradients"],
    "memory grows": ["CUDA out of memory"],
}


@pytest.mark.parametrize("code", catalogue())
def test_every_code_names_a_symptom(code):
    assert catalogue()[code].symptoms, (
        f'add symptoms = ["..."] to codes/{code}.toml, in the words of one that others have if it '
        f"fits: {'; '.join(symptoms())}"
    )


@pytest.mark.parametrize("symptom", WORDINGS)
def test_a_symptom_is_found_in_other_words(symptom):
    assert symptom in symptoms()
    for words in [symptom, *WORDINGS[symptom]]:
        found = match(words)
        assert found, words
        assert found[0].symptom == symptom or symptom in [
            each.symptom for each in found if each.likeness == found[0].likeness
        ], (words, found)


def test_every_symptom_leads_to_the_codes_that_name_it():
    for symptom, entries in symptoms().items():
        best = match(symptom)
        codes = {code for each in best if each.likeness > 0.99 for code in each.codes}
        assert codes >= {entry.code for entry in entries}, symptom


def test_the_text_names_the_causes_one_a_line():
    text = explain("loss stays flat")
    for code in ("state-row-mismatch", "step-missing", "target-out-of-range"):
        (line,) = [line for line in text.splitlines() if line.startswith(f"{code} ")]
        assert line.split(maxsplit=1)[1] == catalogue()[code].title
    assert "gradient-cut" not in text.splitlines()[0]
    assert "loss stays flat" in explain("state-row-mismatch")


@pytest.mark.parametrize("words", ["purple elephants", "what is this", "the of and"])
def test_what_is_no_symptom_gets_the_list_of_them(words):
    with pytest.raises(ConfigError, match=r"loss stays flat; .*always predicts the mean"):
        explain(words)


def test_a_code_is_no_symptom():
    assert causes("no-signal") == []
    with pytest.raises(ConfigError, match="Did you mean 'state-overlap'"):
        explain("state-overlaps")
