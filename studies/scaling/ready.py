"""Units whose results are ready, and an executor that returns them: only the machinery takes time.

The executor is one like the others. It calls `run_pack` as a worker would, so that each unit gets a
folder, a settings file and a result, and the driver finds them there. What the workers' part takes
is measured apart, since on a cluster other machines do it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from echospan.store.claims import Wanted
from echospan.store.detached import DetachedRun
from echospan.store.record import Kind
from echospan.sweeps.executors.base import Ended, Executor, Pack, Place
from echospan.sweeps.grid import Settings, flat
from echospan.sweeps.verbs import Cost, Unit, Verb
from echospan.sweeps.work import run_pack

RATE, SEED = "rate", "seed"
"""What the units differ in."""


class Ready(Verb):
    """Units whose result follows from their settings."""

    kind: ClassVar[Kind] = "run"
    columns: ClassVar[Mapping[str, str]] = {
        "accuracy": "Float64",
        "loss": "Float64",
        "epochs": "Int64",
    }
    score: ClassVar[str] = "accuracy"
    packs: ClassVar[bool] = True

    def __init__(self, content: Mapping[str, Any], source: Path, *, trust: bool = False) -> None:
        self._base = flat(content)

    @property
    def name(self) -> str:
        """Of its runs."""
        return "ready"

    @property
    def base(self) -> Settings:
        """What the sweep's file holds."""
        return self._base

    @property
    def beneath(self) -> Settings:
        """Nothing."""
        return {}

    def unit(self, settings: Settings) -> Unit:
        """Its two settings name it."""
        return Unit(settings, f"{settings[RATE]:08x}{settings[SEED]:08x}", "ready")

    def wanted(self, unit: Unit) -> Wanted:
        """A run with settings about as long as those of an experiment."""
        return Wanted(unit.fingerprint, "ready", dict(unit.settings), unit.settings[SEED])

    def key_of(self, config: Mapping[str, Any], *, trust: bool) -> str:
        """All alike."""
        return "ready"

    def cost(self, result: Mapping[str, Any], seconds: float | None) -> Cost | None:
        """Not known."""
        return None

    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Its numbers."""
        return {name: result[name] for name in self.columns}

    @staticmethod
    def work(runs: Sequence[DetachedRun], stop: Callable[[], bool], *, trust: bool) -> None:
        """Finish them with what is ready."""
        for run in runs:
            run.begin()
            run.finish(result_of(run.config))


def result_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The result that a unit comes to."""
    share = (config[RATE] * 7919 + config[SEED] * 104_729) % 1_000_003 / 1_000_003
    return {"accuracy": share, "loss": 2.0 - share, "epochs": 300, "seconds": {"train": 0.0}}


def sweep_of(units: int) -> dict[str, Any]:
    """The settings of a sweep of so many units, which is a multiple of 100."""
    return {
        "verb": f"{Ready.__module__}:{Ready.__qualname__}",
        "sweep": {RATE: list(range(units // 100)), SEED: list(range(100))},
    }


class Simulated(Executor):
    """Does each pack at once, in this process, and says how long that took."""

    name: ClassVar[str] = "simulated"
    spent: ClassVar[float] = 0.0
    """Processor seconds of the workers' part, of all packs so far."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._packs: deque[Pack] = deque()

    @property
    def slots(self) -> int:
        """As many as a thousand nodes have, if nothing else is said."""
        return self.place.workers or 1000

    def submit(self, pack: Pack) -> None:
        """Keep it until `ended` is called."""
        self._packs.append(pack)

    def ended(self, timeout: float) -> Iterator[Ended]:
        """Do what was handed in."""
        while self._packs:
            pack = self._packs.popleft()
            began = time.process_time()
            run_pack(pack.to_dict())
            type(self).spent += time.process_time() - began
            yield Ended(pack.id)

    def kill(self, pack_id: str) -> None:
        """Take it back."""
        self._packs = deque(pack for pack in self._packs if pack.id != pack_id)

    def close(self) -> None:
        """Nothing runs."""
        self._packs.clear()
