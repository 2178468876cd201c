"""Measures: arrays in, numbers out."""

from echospan.measure.accuracy import Accuracy, accuracy, by_position
from echospan.measure.intervals import Interval, over_seeds, wilson

__all__ = ["Accuracy", "Interval", "accuracy", "by_position", "over_seeds", "wilson"]
