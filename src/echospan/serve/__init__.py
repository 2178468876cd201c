"""A trained model in use: predict, forecast, stream."""

from echospan.serve.export import export_keras
from echospan.serve.forecast import Forecast, forecast
from echospan.serve.loaded import Loaded, load, usable
from echospan.serve.predict import Prediction, predict
from echospan.serve.stepper import Stepper, answers

__all__ = [
    "Forecast",
    "Loaded",
    "Prediction",
    "Stepper",
    "answers",
    "export_keras",
    "forecast",
    "load",
    "predict",
    "usable",
]
