"""Measures: arrays in, numbers out."""

from echospan.measure.accuracy import Accuracy, accuracy, by_position
from echospan.measure.capacity import Capacity, delays, memory_capacity
from echospan.measure.information import (
    Bits,
    fano_bits,
    mutual_information,
    recalled_bits,
    scored_bits,
)
from echospan.measure.intervals import Interval, over_seeds, wilson
from echospan.measure.numbers import SquaredError, squared_error
from echospan.measure.ridge import Ridge, RidgeSums, ridge
from echospan.measure.window_skill import WindowSkill, window_predicts

__all__ = [
    "Accuracy",
    "Bits",
    "Capacity",
    "Interval",
    "Ridge",
    "RidgeSums",
    "SquaredError",
    "WindowSkill",
    "accuracy",
    "by_position",
    "delays",
    "fano_bits",
    "memory_capacity",
    "mutual_information",
    "over_seeds",
    "recalled_bits",
    "ridge",
    "scored_bits",
    "squared_error",
    "wilson",
    "window_predicts",
]
