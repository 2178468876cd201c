"""Tasks: what is asked. A new one is a file and a row in `TASKS`."""

from echospan.tasks.base import Task
from echospan.tasks.cued_echo import CuedEcho
from echospan.tasks.echo import Echo
from echospan.tasks.lag import MISSING, lagged
from echospan.tasks.recite import Recite
from echospan.tasks.series import SeriesEcho

TASKS: dict[str, type[Task]] = {
    "echo": Echo,
    "cued-echo": CuedEcho,
    "recite": Recite,
    "series": SeriesEcho,
}

__all__ = ["MISSING", "TASKS", "CuedEcho", "Echo", "Recite", "SeriesEcho", "Task", "lagged"]
