"""A program: planted faults in Keras layers on torch, where no shape has to be compiled."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras

from conform.bench.keras_faults import FAULTS, SOUND
from echospan.conformance.conform import conform

assert keras.backend.backend() == "torch"
wrong = []
for name, make in SOUND.items():
    report = conform(make())
    if report.verdict != "conforms":
        wrong.append((name, report.verdict, [c.name for c in report.checks if not c.passed]))
for planted in FAULTS:
    report = conform(planted.make(planted.fault), checks=planted.found)
    if not {check.name for check in report.faults} >= set(planted.found):
        wrong.append((planted.fault, [(c.name, c.verdict, c.difference) for c in report.checks]))
assert not wrong, wrong
