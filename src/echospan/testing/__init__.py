"""Contract suites: what every task, framing and model must do, for yours too.

Each function checks one object and raises `AssertionError` with a sentence on the first promise
that it breaks. They are meant for tests, your own included; nothing in the package imports them.

    from echospan.testing import check_task

    def test_my_task():
        check_task(MyTask(symbols=7))

`check_streaming` and `check_receptive_field` take any Keras model, whether echospan made it or not;
`check_adapter` takes a model of any framework behind `echospan.adapters.Adapter`.
"""

from echospan.testing.adapters import check_adapter
from echospan.testing.framings import check_framing
from echospan.testing.models import check_model
from echospan.testing.streaming import check_receptive_field, check_streaming
from echospan.testing.tasks import check_task

__all__ = [
    "check_adapter",
    "check_framing",
    "check_model",
    "check_receptive_field",
    "check_streaming",
    "check_task",
]
