"""Measures: arrays in, numbers out."""

from echospan.measure.accuracy import Accuracy, accuracy, by_position
from echospan.measure.clusters import over_sequences
from echospan.measure.information import (
    fano_bits,
    mutual_information,
    scored_bits,
)
from echospan.measure.intervals import Interval, wilson
from echospan.measure.numbers import SquaredError, squared_error
from echospan.measure.ridge import Ridge, RidgeSums
from echospan.measure.seeds import over_seeds
from echospan.measure.steps import OverSteps, over_steps
from echospan.measure.window_skill import WindowSkill, window_predicts

__all__ = [
    "Accuracy",
    "Interval",
    "OverSteps",
    "Ridge",
    "RidgeSums",
    "SquaredError",
    "WindowSkill",
    "accuracy",
    "by_position",
    "fano_bits",
    "mutual_information",
    "over_seeds",
    "over_sequences",
    "over_steps",
    "scored_bits",
    "squared_error",
    "wilson",
    "window_predicts",
]
