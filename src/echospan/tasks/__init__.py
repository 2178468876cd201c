"""Tasks: sequences and their targets. A new one is a file and a row in `TASKS`."""

from echospan.random import Draw, NumpyDraw
from echospan.registry import Registry
from echospan.spec import subclass_of
from echospan.tasks.adding import Adding
from echospan.tasks.base import HeldOutSections, Part, Task
from echospan.tasks.continuous_echo import ContinuousEcho
from echospan.tasks.copy import Copy
from echospan.tasks.cued_echo import CuedEcho
from echospan.tasks.echo import Echo
from echospan.tasks.lag import MISSING, absent, lagged
from echospan.tasks.noise_free_lag import NoiseFreeLag
from echospan.tasks.numbers import NumberTask
from echospan.tasks.recall import Recall
from echospan.tasks.recite import Recite
from echospan.tasks.selective_copy import SelectiveCopy
from echospan.tasks.series import SeriesEcho
from echospan.tasks.temporal_order import TemporalOrder
from echospan.tasks.uniform import UniformSymbols

TASKS: Registry[type[Task]] = Registry(
    "task",
    {
        "echo": Echo,
        "cued-echo": CuedEcho,
        "recite": Recite,
        "series": SeriesEcho,
        "copy": Copy,
        "selective-copy": SelectiveCopy,
        "temporal-order": TemporalOrder,
        "noise-free-lag": NoiseFreeLag,
        "recall": Recall,
        "continuous-echo": ContinuousEcho,
        "adding": Adding,
    },
    subclass_of(Task),
)

__all__ = [
    "MISSING",
    "TASKS",
    "Adding",
    "ContinuousEcho",
    "Copy",
    "CuedEcho",
    "Draw",
    "Echo",
    "HeldOutSections",
    "NoiseFreeLag",
    "NumberTask",
    "NumpyDraw",
    "Part",
    "Recall",
    "Recite",
    "SelectiveCopy",
    "SeriesEcho",
    "Task",
    "TemporalOrder",
    "UniformSymbols",
    "absent",
    "lagged",
]


def __dir__() -> list[str]:
    return sorted(__all__)
