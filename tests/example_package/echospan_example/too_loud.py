"""A finding: inputs that are hundreds of times larger than the weights are made for."""

from __future__ import annotations

import numpy as np

from echospan.doctor import Examination, Finding, FindingPlugin, find

TOML = """
title = "Inputs far larger than one"
severity = "warning"
evidence = ["D"]
rank = 500
meaning = "Gates and tanh saturate: the gradient is nearly zero, and learning stands still."
caveat = "A layer inside the model may bring the values to scale."
cure = "Divide the inputs by their standard deviation."
example = '''
x = 1000 * rng.normal(size=(64, 5, 1))
y = x[:, 0] / 1000
model = keras.Sequential([keras.Input((5, 1)), keras.layers.LSTM(4), keras.layers.Dense(1)])
model.compile(loss="mse")'''
call = "echospan.check(model, x, y)"
cured = "x = x / x.std()"
"""


def probe(examination: Examination) -> list[Finding]:
    """Looks at the beginning of each input, (samples, time, features)."""
    found = []
    for signal in examination.data.sources:
        if signal.whole_numbers:
            continue
        spread = float(np.nanstd(signal.values))
        if spread > 100:
            message = f"The standard deviation of {signal.place} is {spread:.4g}."
            remedy = f"{signal.place} = {signal.place} / {spread:.4g}"
            found.append(find("too-loud", message, remedy=remedy, exact=False, spread=spread))
    return found


FINDING = FindingPlugin(TOML, probe)
