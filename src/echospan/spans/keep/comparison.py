"""One comparison in a store: what is compared, and a stored sheet for each of its models."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from echospan.errors import ConfigError, CorruptRun, StoreError
from echospan.observer import Halted
from echospan.report.objects import Comparison, Sheet
from echospan.spans.keep.entries import Entry
from echospan.spans.keep.opening import Opened, capped, lifted, resumed
from echospan.spans.keep.place import Place
from echospan.spans.keep.reading import read_sheet
from echospan.spans.keep.settings import again, storable
from echospan.spans.keep.sheet import KeptSheet, outcome_of
from echospan.store import LostRun, Run
from echospan.store.names import slug


class KeptComparison:
    """A comparison that is kept as it grows. Nothing is stored before its first search begins.

    Args:
        place: Where.
        entries: What is compared.
        settings: All that the models are measured with.
        run: The stored comparison to go on with; None for a new one.
    """

    def __init__(
        self,
        place: Place,
        entries: Sequence[Entry],
        settings: Mapping[str, Any],
        run: Run | None = None,
    ) -> None:
        self._place, self._entries, self._settings, self.run = place, entries, settings, run

    def begin(self, names: Sequence[str]) -> None:
        """Make the stored comparison, or take it over, now that all settings are right.

        Args:
            names: What the models are called.
        """
        if self.run is not None:
            self.run.resume(force=self._place.force)
        else:
            try:
                self.run = self._new(names)
            except StoreError as problem:
                self._place.refused(problem)
                return
        self._place.made.append(self.run)

    def _new(self, names: Sequence[str]) -> Run:
        pairs = {name: storable(value) for name, value in self._settings.items()}
        config = {
            "entries": [_entry(entry) for entry in self._entries],
            "settings": {name: value for name, (value, _) in pairs.items()},
            "objects": sorted(name for name, (_, whole) in pairs.items() if not whole),
        }
        content = json.dumps(config, sort_keys=True, default=str)
        return self._place.store().create(
            recipe="compare-" + "-".join(slug(name) or "model" for name in names)[:150],
            config=config,
            fingerprint=hashlib.sha256(content.encode()).hexdigest()[:16],
            seed=int(self._settings.get("seed") or 0),
            kind="compare",
        )

    def sheet(self, number: int, settings: Mapping[str, Any], budget: Any) -> Opened:
        """What is to be measured of one model, or what was.

        Args:
            number: Its place among the entries.
            settings: Those of its sheet, the model included.
            budget: A new cap, as `span` takes it on resuming; None for the stored one.
        """
        entry = self._entries[number]
        if self.run is None:
            return Opened(dict(settings), entry.name)
        stored = self._child(number)
        if stored is None:
            own = {**settings, "budget": lifted(settings["budget"])}
            kept = KeptSheet(self._place, own, entry.name, self.run.id, number=number)
            return Opened(own, entry.name, kept)
        if budget is None and stored.state == "interrupted" and capped(stored):
            # Its cap ended it, and no other one was given: it stays as it is.
            return Opened(dict(settings), entry.name, finished=read_sheet(stored), cut=True)
        return resumed(self._place, stored, {**settings, "budget": budget}, settings)

    def _child(self, number: int) -> Run | None:
        assert self.run is not None
        store = self._place.store()
        for summary in store.list(parent=self.run.id, kind="span"):
            run = store.get(summary.run_id)
            if run.config.get("number") == number:
                return run
        return None

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Keep the state of the stored comparison true, whatever ends the block."""
        try:
            yield
        except LostRun:
            raise
        except BaseException as error:
            if self.run is not None and self.run.state == "running":
                if isinstance(error, KeyboardInterrupt | Halted):
                    self.run.interrupt()
                else:
                    self.run.fail(error)
            raise

    def end(self, comparison: Comparison, *, cut: bool) -> None:
        """Keep the comparison: as finished, or as what was found before it was cut short."""
        if self.run is None:
            return
        outcome = ", ".join(f"{each.model}: {outcome_of(each)}" for each in comparison.sheets)
        try:
            if cut:
                self.run.save_result(comparison.to_dict())
                self.run.interrupt(outcome[:200])
            else:
                self.run.finish(comparison.to_dict(), outcome[:200])
        except LostRun:
            raise
        except StoreError as problem:
            warnings.warn(f"The comparison is not kept: {problem}", stacklevel=2)


def stored_entries(
    run: Run, given: Sequence[Any], asked: Mapping[str, Any], defaults: Mapping[str, Any]
) -> tuple[list[Entry], dict[str, Any]]:
    """What a stored comparison compares, and its settings.

    Args:
        run: The stored comparison.
        given: Models that were passed again, in the order of those that are objects.
        asked: Settings that were given now.
        defaults: Their defaults.

    Raises:
        ConfigError: A setting was given that it has its own of, or a model is missing.
        CorruptRun: Its config is damaged.
    """
    config = run.config
    listed = config.get("entries")
    if not isinstance(listed, list) or not isinstance(config.get("settings"), dict):
        raise CorruptRun(f"{run.path} holds a config.json that is not that of a comparison.")
    settings = again({"objects": [], **config}, asked, defaults)
    objects = iter(given)
    entries = []
    for each in listed:
        if each.get("sheet") is not None:
            entries.append(Entry(sheet=Sheet.from_dict(each["sheet"]), name=each["name"]))
            continue
        model = each["model"]
        if not each["whole"]:
            try:
                model = next(objects)
            except StopIteration:
                raise ConfigError(
                    "models",
                    "given once more: functions and objects, which a store does not hold",
                    model,
                ) from None
        entries.append(Entry(model=model, name=each["name"]))
    if (more := next(objects, None)) is not None:
        raise ConfigError("models", "left out: a stored comparison keeps its own", more)
    return entries, settings


def _entry(entry: Entry) -> dict[str, Any]:
    if entry.sheet is not None:
        return {"sheet": entry.sheet.to_dict(), "name": entry.name}
    model, whole = storable(entry.model)
    return {"model": model, "whole": whole, "name": entry.name}
