"""A program: sound layers and models of Keras conform on torch, and Bidirectional does not."""

from __future__ import annotations

import keras
from keras import layers

from adapters.keras.stateful_models import MODELS, RETURNING
from echospan.conformance.conform import conform

assert keras.backend.backend() == "torch"
for name in ("lstm", "cells", "convolution", "stateful", "symbols"):
    report = conform(MODELS[name]())
    wrong = [(check.name, check.verdict) for check in report.checks if check.verdict == "fault"]
    assert report.verdict == "conforms", (name, report.verdict, wrong)
    assert report.precision == "float64"
    assert report["power"].power > 1e-6, name
both = conform(layers.Bidirectional(layers.LSTM(4, **RETURNING)), checks=["prefix"])
assert both["prefix"].verdict == "fault"
