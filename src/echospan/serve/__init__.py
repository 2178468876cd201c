"""A trained run in use: predict, forecast, stream, export."""

from echospan.serve.forecast import Forecast
from echospan.serve.predict import Prediction
from echospan.serve.state_host import StateHost
from echospan.serve.stepper import Stepper, answers
from echospan.serve.trained import Trained, load

__all__ = ["Forecast", "Prediction", "StateHost", "Stepper", "Trained", "answers", "load"]
