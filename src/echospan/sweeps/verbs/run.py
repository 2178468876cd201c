"""Units that are runs of an experiment: settings laid over a recipe, or over the file's own tables.

Seed, epochs and learning rate of a run say nothing about whether its other settings fit together.
So what does is looked at once for all runs that differ in these three; then each run costs some
hundredths of a millisecond.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.engine.estimate import require_room
from echospan.errors import ConfigError, CorruptRun, StoreError, unknown
from echospan.experiment import Experiment, fingerprint_of, with_names
from echospan.extras import TRAINING, needs
from echospan.recipe import SHELF, find, recipe_of
from echospan.registry import reading
from echospan.runner.session import Job, Session
from echospan.store import Run as StoredRun
from echospan.store import names
from echospan.store.claims import Wanted
from echospan.store.detached import DetachedRun
from echospan.store.record import Kind
from echospan.sweeps.grid import Settings, flat
from echospan.sweeps.verbs.base import Cost, Unit, Verb

EPOCHS, RATE, SEED = "training.epochs", "training.learning_rate", "seed"

FREE = (EPOCHS, RATE, SEED)
"""Settings that say nothing about whether the others fit together."""

KEPT = 4096
"""Combinations of the other settings that are remembered."""


@dataclass
class _Base:
    """What runs have in common that differ in `FREE` alone."""

    experiment: Experiment
    content: dict[str, Any]
    key: str
    roomy: set[int]
    """Numbers of epochs of which it is known that they take no absurd time."""


class Run(Verb):
    """Runs."""

    kind: ClassVar[Kind] = "run"
    columns: ClassVar[Mapping[str, str]] = {
        "accuracy": "Float64",
        "accuracy_low": "Float64",
        "accuracy_high": "Float64",
        "chance": "Float64",
        "loss": "Float64",
        "squared_error": "Float64",
        "r2": "Float64",
        "parameters": "Int64",
        "epochs": "Int64",
        "train_seconds": "Float64",
    }
    score: ClassVar[str] = "accuracy"
    packs: ClassVar[bool] = True

    def __init__(self, content: Mapping[str, Any], source: Path, *, trust: bool = False) -> None:
        """As `Verb`.

        Args:
            content: ``recipe``, a recipe's name or the path of its file beside this one, and
                settings to lay over it; or the tables of an experiment, as in a recipe's file.
            source: The sweep's file; its folder is where paths begin.
            trust: Import what a recipe's file names as ``package.module:Class``, too.

        Raises:
            ConfigError: There is no such recipe, or a table is none of an experiment's.
        """
        needs("Running an experiment", *TRAINING, "safetensors")
        content = dict(content)
        chosen = content.pop("recipe", None)
        self._base: dict[str, Any] = {}
        if chosen is None:
            self._recipe = recipe_of(content, str(source), trust=trust)
        elif not isinstance(chosen, str):
            raise ConfigError("recipe", "a recipe's name or the path of a .toml file", chosen)
        else:
            if chosen.endswith(".toml"):
                chosen = str(source.parent / chosen)
            elif chosen not in SHELF.recipes:
                raise unknown("recipe", SHELF.ORDER, chosen, "or the path of a .toml file")
            self._recipe = find(chosen, trust=trust)
            with reading(trust=trust):
                self._base = with_names(flat(content))
        self._trust = trust
        self._known: OrderedDict[str, _Base] = OrderedDict()
        self._values: dict[tuple[str, str], Any] = {}

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self._recipe.name

    @property
    def base(self) -> Settings:
        """See `Verb.base`."""
        return self._base

    @property
    def beneath(self) -> Settings:
        """See `Verb.beneath`."""
        return flat(self._recipe.experiment)

    def unit(self, settings: Settings) -> Unit:
        """See `Verb.unit`."""
        base = self._common(settings)
        content = self._content(base, settings)
        epochs = content["training"]["epochs"]
        self._require_time(base, epochs)
        size = epochs if base.experiment.model.learns == "gradient" else 1
        return Unit(settings, fingerprint_of(content), base.key, size)

    def wanted(self, unit: Unit) -> Wanted:
        """See `Verb.wanted`."""
        content = self._content(self._common(unit.settings), unit.settings)
        return Wanted(
            fingerprint=unit.fingerprint,
            recipe=self.name,
            config=content,
            seed=content["seed"],
            # As for any run, so that it can be gone on with by itself.
            json={"study": {"recipe": None, "settings": dict(unit.settings)}},
        )

    def _content(self, base: _Base, settings: Settings) -> dict[str, Any]:
        """What `Experiment.to_dict` would give."""
        content = dict(base.content)
        training = content["training"] = dict(content["training"])
        for field in FREE:
            if field in settings:
                value = self._value(base, field, settings[field])
                part, _, name = field.partition(".")
                (training if name else content)[name or part] = value
        return content

    def key_of(self, config: Mapping[str, Any], *, trust: bool) -> str:
        """See `Verb.key_of`."""
        return CompiledExperiment.shape(Experiment.from_dict(config, trust=trust))

    def cost(self, result: Mapping[str, Any], seconds: float | None) -> Cost | None:
        """See `Verb.cost`; programs that were compiled for it are not counted."""
        parts, epochs = result.get("seconds"), result.get("epochs")
        if not isinstance(parts, Mapping) or not isinstance(parts.get("train"), int | float):
            return None
        fixed = float(parts.get("evaluate") or 0.0)
        if not epochs:
            return Cost(0.0, fixed + float(parts["train"]))
        return Cost(float(parts["train"]) / float(epochs), fixed)

    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """See `Verb.row`."""
        low, high = result.get("accuracy_interval") or (None, None)
        own = ("accuracy", "chance", "loss", "squared_error", "r2", "parameters", "epochs")
        return {
            **{name: result.get(name) for name in own},
            "accuracy_low": low,
            "accuracy_high": high,
            "train_seconds": (result.get("seconds") or {}).get("train"),
        }

    @staticmethod
    def work(runs: Sequence[DetachedRun], stop: Callable[[], bool], *, trust: bool) -> None:
        """See `Verb.work`."""
        from echospan.backend import keras_on_jax
        from echospan.engine.fleet import ThreadedFleet, best_fleet

        keras_on_jax()
        fleet = best_fleet()
        # A worker has a core, and there are as many workers as cores.
        session = _OfPack(stop, ThreadedFleet(1) if isinstance(fleet, ThreadedFleet) else fleet)
        session.trust = trust
        jobs = []
        for run in runs:
            _drop_damaged_checkpoint(run)
            try:
                experiment = Experiment.from_dict(run.config, trust=trust)
            except Exception as error:
                run.begin()
                run.fail(error)
                continue
            jobs.append(Job(experiment, run, run.id))
        with closing(session.measure(jobs)) as measured:
            for job, result in measured:
                if isinstance(result, StoreError) and not isinstance(result, CorruptRun):
                    raise result
                if not isinstance(result, Exception):
                    with session.guard(job.run):
                        job.run.finish(result.to_dict())

    def _common(self, settings: Settings) -> _Base:
        rest = {field: value for field, value in settings.items() if field not in FREE}
        key = json.dumps(rest, sort_keys=True, default=repr)
        known = self._known.get(key)
        if known is None:
            with reading(trust=self._trust):
                experiment = self._recipe.settle(rest)
            require_room(experiment)
            experiment.signature()
            experiment.evaluation_plan()
            experiment.task.arrays()
            known = _Base(
                experiment, experiment.to_dict(), CompiledExperiment.shape(experiment), set()
            )
            self._known[key] = known
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return known

    def _value(self, base: _Base, field: str, given: Any) -> Any:
        """A free setting's value as a stored experiment has it."""
        key = (field, repr(given))
        if key not in self._values:
            with reading(trust=self._trust):
                content = base.experiment.with_settings({field: given}).to_dict()
            part, _, name = field.partition(".")
            self._values[key] = content[part][name] if name else content[part]
        return self._values[key]

    def _require_time(self, base: _Base, epochs: int) -> None:
        if epochs in base.roomy:
            return
        training = base.experiment.training.replace(epochs=epochs)
        require_room(base.experiment.replace(training=training))
        base.roomy.add(epochs)


class _OfPack(Session):
    """A session on a worker: its runs are there already, and no store is open."""

    def __init__(self, stop: Callable[[], bool], fleet: Any) -> None:
        super().__init__(None, stop=stop, fleet=fleet)
        self.environment = _environment

    def begin(self, job: Job) -> None:
        assert isinstance(job.run, DetachedRun)
        job.run.begin()

    def failed(self, run: StoredRun, error: BaseException) -> None:
        # That nothing can be written is no fault of the run, which is done another time.
        if isinstance(error, CorruptRun) or not isinstance(error, StoreError):
            run.fail(error)


def _drop_damaged_checkpoint(run: DetachedRun) -> None:
    """What a power cut left is no reason to fail: the run starts anew."""
    try:
        run.load_checkpoint()
    except CorruptRun:
        (run.path / names.CHECKPOINT).unlink(missing_ok=True)


_environment: dict[str, Any] = {}
"""What this worker runs on, asked once."""
