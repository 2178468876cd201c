"""The work of a comparison: its models are built, then measured one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from echospan.adapters.resolve import has_width, resolve_model
from echospan.adapters.trainable import TrainableModel
from echospan.errors import ConfigError
from echospan.observer import Observer
from echospan.report.objects import Comparison, Sheet
from echospan.spans.api import DEFAULTS, give_name, measure_model
from echospan.spans.keep.comparison import KeptComparison
from echospan.spans.keep.entries import Entry
from echospan.spans.keep.opening import Opened, lifted
from echospan.spans.plan import Plan, make_plan
from echospan.spans.same_protocol import require_same_protocol

OF_MODELS = ("model", "settings", "units", "params")
"""Arguments of `span` that are about a model, not about the rules."""


class Job:
    """A comparison at work.

    Args:
        kept: Where it is kept; None for nowhere.
        entries: What is compared, in order.
        settings: All arguments of `span` but the model.
    """

    def __init__(
        self, kept: KeptComparison | None, entries: Sequence[Entry], settings: Mapping[str, Any]
    ) -> None:
        self._kept, self._entries, self._settings = kept, entries, dict(settings)
        self._plan: Plan | None = None
        self._models: dict[int, TrainableModel] = {}
        self._cut = False

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Around all that is done: what is kept tells the truth."""
        if self._kept is None:
            yield
            return
        with self._kept.guard():
            yield

    def prepare(self, trust: bool) -> None:
        """Build all models, so that a mistake in the last one shows before the first is trained.

        Raises:
            ConfigError: A model can't be used, or a sheet was made by another protocol.
        """
        sheets = [entry.sheet for entry in self._entries if entry.sheet is not None]
        if len(sheets) == len(self._entries):
            self._only_sheets(sheets)
            return
        rules = {name: value for name, value in self._settings.items() if name not in OF_MODELS}
        self._plan = make_plan(**{**rules, "budget": lifted(rules["budget"])})
        for number, entry in enumerate(self._entries):
            if entry.sheet is None:
                self._models[number] = self._built(entry, self._plan, trust)
        if sheets:
            first = next(iter(self._models.values()))
            use = self._plan.use(interrupted=False)
            require_same_protocol([*sheets, replace(sheets[0], model=first.name, protocol=use)])

    def _only_sheets(self, sheets: Sequence[Sheet]) -> None:
        for name, value in self._settings.items():
            if value != DEFAULTS[name]:
                raise ConfigError(
                    name, "left out: all of these are finished sheets, and nothing is measured",
                    value,
                )  # fmt: skip
        require_same_protocol(sheets)
        self._kept = None

    def _built(self, entry: Entry, plan: Plan, trust: bool) -> TrainableModel:
        model = resolve_model(
            entry.model,
            plan.task,
            settings=self._settings["settings"],
            batch_size=plan.used.batch_size,
            trust=trust,
            **self._sizes(entry.model),
        )
        give_name(model, entry.model, entry.name)
        return model

    def _sizes(self, model: Any) -> dict[str, Any]:
        units = self._settings["units"] if has_width(model) else None
        return {"units": units, "params": self._settings["params"]}

    def measured(self, budget: Any, observer: Observer, stop: Callable[[], bool]) -> list[Sheet]:
        """The sheets in order; fewer if the user asks to end.

        Args:
            budget: A new cap for what goes on; None for what is stored.
            observer: Receives progress.
            stop: Called often; if it returns True, the comparison ends.
        """
        if self._kept is not None:
            self._kept.begin([self._name(number) for number in range(len(self._entries))])
        sheets: list[Sheet] = []
        for number, entry in enumerate(self._entries):
            if entry.sheet is not None:
                sheets.append(replace(entry.sheet, model=entry.name or entry.sheet.model))
            elif not stop():
                sheets.append(self._sheet(number, budget, observer, stop))
        return sheets

    def _name(self, number: int) -> str:
        entry = self._entries[number]
        if entry.sheet is not None:
            return entry.name or entry.sheet.model
        return self._models[number].name

    def _sheet(
        self, number: int, budget: Any, observer: Observer, stop: Callable[[], bool]
    ) -> Sheet:
        assert self._plan is not None
        opened = self._opened(number, budget)
        if opened.finished is not None:
            self._cut = self._cut or opened.cut
            return opened.finished
        plan = replace(self._plan, budget=opened.settings["budget"])
        with opened.kept.guard():
            sheet = measure_model(
                self._models[number],
                plan,
                started=time.perf_counter(),
                observer=observer,
                stop=stop,
                kept=opened.kept,
            )
        self._cut = self._cut or opened.kept.cut
        return sheet

    def _opened(self, number: int, budget: Any) -> Opened:
        entry = self._entries[number]
        settings = {**DEFAULTS, **self._settings, "units": None, "params": None}
        settings |= {"model": entry.model, **self._sizes(entry.model)}
        if self._kept is None:
            settings["budget"] = self._plan.budget if self._plan else None
            return Opened(settings, entry.name)
        return self._kept.sheet(number, settings, budget)

    def end(self, comparison: Comparison, stopped: bool) -> None:
        """Keep what came out."""
        if self._kept is not None:
            self._kept.end(comparison, cut=stopped or self._cut)
