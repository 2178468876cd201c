"""One sheet in a store: begun, gone on with, ended."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from echospan.adapters.trainable import TrainableModel
from echospan.errors import CorruptRun, StoreError
from echospan.memory_tasks.base import TrainingSpec
from echospan.observer import Halted
from echospan.report.objects import Sheet
from echospan.spans.keep.place import Place
from echospan.spans.keep.settings import display_name, storable, versions
from echospan.spans.keep.sources import changed, fingerprints
from echospan.spans.keep.trials import StoredTrials
from echospan.spans.search.kept import Kept, KeptTrials, TrialKey
from echospan.spans.search.trial import Trial
from echospan.store import LostRun, Run, describe_environment
from echospan.store.names import slug


class KeptSheet(KeptTrials):
    """A sheet that is kept as it grows. Nothing is stored before its search begins.

    Args:
        place: Where.
        settings: All that it is measured with, the model included, by the arguments' names.
        name: What the model is called; "" for its own name.
        parent: Id of the comparison that it belongs to.
        run: The stored sheet to go on with; None for a new one.
        number: Its place in the comparison.
    """

    def __init__(
        self,
        place: Place,
        settings: Mapping[str, Any],
        name: str = "",
        parent: str | None = None,
        run: Run | None = None,
        number: int | None = None,
    ) -> None:
        self._place, self._settings, self._parent = place, settings, parent
        self._number = number
        self._name = name or display_name(settings["model"])
        self.run = run
        self._trials: StoredTrials | None = None

    def begin(self, model: TrainableModel) -> None:
        """Make the stored sheet, or take it over, now that all settings are known to be right.

        Raises:
            StoreError: Its model's files are not what they were, or another process measures it.
        """
        sources = fingerprints(self._settings["model"], self._settings.get("task"))
        if self.run is None:
            try:
                self.run = self._new(model, sources)
            except StoreError as problem:
                self._place.refused(problem)
                return
        else:
            _check_sources(self.run, sources)
            self.run.resume(force=self._place.force)
        self._place.made.append(self.run)
        self._trials = StoredTrials(self.run, model)

    def _new(self, model: TrainableModel, sources: dict[str, str]) -> Run:
        run = self._place.store().create(
            **stored_as(self._settings, self._name, model.name, sources, self._number),
            parent=self._parent,
            kind="span",
        )
        run.save_environment(describe_environment())
        return run

    def lookup(self, key: TrialKey, spec: TrainingSpec) -> Kept | None:
        """See `KeptTrials.lookup`."""
        return None if self._trials is None else self._trials.lookup(key, spec)

    def keep(self, key: TrialKey, trial: Trial, elapsed: float) -> None:
        """See `KeptTrials.keep`."""
        if self._trials is not None:
            self._trials.keep(key, trial, elapsed)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Keep the state of the stored sheet true, whatever ends the block."""
        try:
            yield
        except LostRun:
            # What becomes of it is the other process's to say.
            raise
        except (KeyboardInterrupt, Halted):
            if self.run is not None and self.run.state == "running":
                self.run.interrupt()
            raise
        except BaseException as error:
            if self.run is not None and self.run.state == "running":
                self.run.fail(error)
            raise

    def end(self, sheet: Sheet, *, cut: bool) -> None:
        """Keep the sheet: as finished, or as what was found before it was cut short.

        What cannot be written is a warning: the sheet is measured, and the caller has it.

        Raises:
            LostRun: Another process took it over.
        """
        super().end(sheet, cut=cut)
        if self.run is None:
            return
        try:
            if cut:
                self.run.save_result(sheet.to_dict())
                self.run.interrupt(outcome_of(sheet))
            else:
                self.run.finish(sheet.to_dict(), outcome_of(sheet))
        except LostRun:
            raise
        except StoreError as problem:
            warnings.warn(f"The sheet is not kept: {problem}", stacklevel=2)


def stored_as(
    settings: Mapping[str, Any],
    name: str,
    model: str,
    sources: Mapping[str, str],
    number: int | None = None,
) -> dict[str, Any]:
    """How the store keeps a sheet: arguments of `Store.create`.

    Args:
        settings: All that it is measured with, by the names of `span`'s arguments.
        name: What the model is called; "" for its own name.
        model: Its own name.
        sources: Of `fingerprints`.
        number: Its place in a comparison.
    """
    pairs = {each: storable(value) for each, value in settings.items()}
    config = {
        "name": name,
        "settings": {each: value for each, (value, _) in pairs.items()},
        "objects": sorted(each for each, (_, whole) in pairs.items() if not whole),
        "sources": dict(sources),
        "versions": versions(),
        **({} if number is None else {"number": number}),
    }
    content = json.dumps([config["settings"], config["sources"]], sort_keys=True, default=str)
    return {
        "recipe": f"span-{slug(name or model) or 'model'}",
        "config": config,
        "fingerprint": hashlib.sha256(content.encode()).hexdigest()[:16],
        "seed": int(settings.get("seed") or 0),
        "label": _printable(name),
    }


def read_config(run: Run) -> dict[str, Any]:
    """The config of a stored sheet.

    Raises:
        CorruptRun: It is damaged.
    """
    config = run.config
    kinds = {"name": str, "settings": dict, "objects": list, "sources": dict, "versions": dict}
    if not all(isinstance(config.get(name), kind) for name, kind in kinds.items()):
        raise CorruptRun(f"{run.path} holds a config.json that is not that of a sheet.")
    return config


def outcome_of(sheet: Sheet) -> str:
    """What a list shows of a sheet: "span 17", "span at least 9" or "undecided"."""
    if sheet.span is not None:
        return f"span {sheet.span}"
    if sheet.span_at_least is not None:
        return f"span at least {sheet.span_at_least}"
    return "undecided"


def _check_sources(run: Run, now: Mapping[str, str]) -> None:
    """Refuse other code; say that packages are others than they were.

    Raises:
        StoreError: A file is not what it was when the sheet was begun.
    """
    config = read_config(run)
    if other := changed(config["sources"], now):
        have = "has" if len(other) == 1 else "have"
        raise StoreError(
            f"{', '.join(other[:5])} {have} changed since {run.id} was begun, so its trials are "
            "not those of this model. Put the file back, or measure a new sheet."
        )
    before, here = config["versions"], versions()
    moved = [
        f"{name} was {before[name]} and is {here[name]}"
        for name in before
        if here.get(name, before[name]) != before[name]
    ]
    if moved:
        warnings.warn(
            f"Since {run.id} was begun, {', '.join(moved)}: what is trained from now on may "
            "differ from what an uninterrupted measurement would have found.",
            stacklevel=2,
        )


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:200]
