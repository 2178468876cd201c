"""Units that are sheets of `echospan.span`: its arguments, swept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from echospan.errors import ConfigError, CorruptRun, StoreError, did_you_mean
from echospan.registry import reading
from echospan.store.claims import Wanted
from echospan.store.detached import DetachedRun
from echospan.store.record import Kind
from echospan.sweeps.grid import Settings, flat
from echospan.sweeps.verbs.base import Cost, Unit, Verb

TABLES = ("task", "settings")
"""Arguments that are tables; their entries are named with a dot."""

OF_MODEL = ("model", "settings", "units", "params", "batch_size", "protocol", "task", "symbols")
"""Arguments that decide how the model is built."""


class Span(Verb):
    """Sheets: ``model = "lstm"``, ``symbols = [2, 10]``, ``"settings.units" = [32, 64]``."""

    kind: ClassVar[Kind] = "span"
    columns: ClassVar[Mapping[str, str]] = {
        "span": "Int64",
        "span_status": "String",
        "span_at_least": "Int64",
        "first_failed": "Int64",
        "verdict_code": "String",
        "parameters": "Int64",
        "state_size": "Int64",
        "state_bytes": "Float64",
        "bits_held": "Float64",
        "updates": "Int64",
        "train_seconds": "Float64",
    }
    score: ClassVar[str] = "span_at_least"
    packs: ClassVar[bool] = False

    def __init__(self, content: Mapping[str, Any], source: Path, *, trust: bool = False) -> None:
        """As `Verb`.

        Args:
            content: Arguments of `echospan.span`, by name.
            source: The sweep's file.
            trust: Whether code that the file names as a model is imported.
        """
        self._base = flat(content)
        self._trust = trust
        self._built: dict[str, str] = {}

    @property
    def name(self) -> str:
        """What the sheets are of."""
        model = self._base.get("model")
        return f"span-{model}" if isinstance(model, str) else "span"

    @property
    def base(self) -> Settings:
        """See `Verb.base`."""
        return self._base

    @property
    def beneath(self) -> Settings:
        """See `Verb.beneath`."""
        from echospan.spans.api import DEFAULTS

        return {name: value for name, value in DEFAULTS.items() if name != "model"}

    def unit(self, settings: Settings) -> Unit:
        """See `Verb.unit`."""
        arguments, stored = self._stored(settings)
        return Unit(settings, stored["fingerprint"], json.dumps(arguments, default=str))

    def wanted(self, unit: Unit) -> Wanted:
        """See `Verb.wanted`."""
        return Wanted(**self._stored(unit.settings)[1])

    def key_of(self, config: Mapping[str, Any], *, trust: bool) -> str:
        """See `Verb.key_of`."""
        return json.dumps(config.get("settings"), default=str)

    def cost(self, result: Mapping[str, Any], seconds: float | None) -> Cost | None:
        """See `Verb.cost`."""
        return None if seconds is None else Cost(0.0, seconds)

    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """See `Verb.row`."""
        size = result.get("state_size")
        bits = result.get("bits_of_state")
        return {
            **{name: result.get(name) for name in self.columns},
            # As declared, or at 32 bits a number.
            "state_bytes": bits / 8 if bits is not None else (None if size is None else 4.0 * size),
            "train_seconds": result.get("seconds"),
        }

    @staticmethod
    def work(runs: Sequence[DetachedRun], stop: Callable[[], bool], *, trust: bool) -> None:
        """See `Verb.work`."""
        from echospan.observer import Observer
        from echospan.spans.api import measure
        from echospan.spans.keep.place import Place
        from echospan.spans.keep.sheet import KeptSheet, read_config
        from echospan.store import LostRun

        for run in runs:
            if stop():
                run.interrupt()
                continue
            run.begin()
            try:
                config = read_config(run)
                settings = config["settings"]
                kept = KeptSheet(Place(), settings, config["name"], run=run)
                with kept.guard(), reading(trust=True):
                    measure(
                        kept,
                        name=config["name"],
                        trust=trust,
                        observer=Observer(),
                        stop=stop,
                        **settings,
                    )
            except LostRun:
                continue
            except Exception as error:
                if isinstance(error, StoreError) and not isinstance(error, CorruptRun):
                    raise
                if run.state == "running":
                    run.fail(error)

    def _stored(self, settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
        """The arguments of `span`, and how the store keeps a sheet of them."""
        from echospan.spans.api import DEFAULTS
        from echospan.spans.keep.opening import lifted
        from echospan.spans.keep.settings import display_name
        from echospan.spans.keep.sheet import stored_as
        from echospan.spans.keep.sources import fingerprints

        given = self._arguments(settings)
        name = str(given.pop("name", "") or "")
        arguments = {**DEFAULTS, **given}
        arguments["budget"] = lifted(arguments["budget"])
        own = self._name_of(arguments)
        sources = fingerprints(arguments["model"], arguments["task"])
        shown = name or display_name(arguments["model"])
        return arguments, stored_as(arguments, shown, own, sources)

    def _arguments(self, settings: Settings) -> dict[str, Any]:
        """The arguments that these settings give, each looked at by its rule.

        Raises:
            ConfigError: One does not exist, or has another value than it may have.
        """
        from echospan.spans.api import DEFAULTS, OF_SPAN

        found: dict[str, Any] = {}
        for field, value in settings.items():
            table, _, inner = field.partition(".")
            if inner and table in TABLES:
                held = found.setdefault(table, {})
                if not isinstance(held, dict):
                    held = found[table] = {"kind": held}
                held[inner] = value
            elif field not in DEFAULTS and field != "name":
                known = [*DEFAULTS, "name"]
                allowed = f"left out: the settings of a sheet are {', '.join(known)}"
                raise ConfigError(field, allowed, value, did_you_mean(field, known))
            elif isinstance(found.get(field), dict):
                found[field]["kind"] = value
            else:
                found[field] = OF_SPAN[field](field, value)
        # As the command line has it, so that what `echospan span` measured is found again.
        if isinstance(found.get("task"), str):
            found["task"] = {"kind": found["task"]}
        if isinstance(found.get("lags"), tuple):
            found["lags"] = list(found["lags"])
        model = found.get("model")
        if model is None:
            raise ConfigError("model", "given: what is measured", None)
        if (
            isinstance(model, str)
            and (":" in model or model.endswith(".keras"))
            # A class of transformers is built, and no code of the user's is run.
            and not model.startswith("hf:")
            and not self._trust
        ):
            raise ConfigError(
                "model",
                "the name of a built-in model, where the file is not trusted",
                model,
                "Pass --trust (Python: trust=True) if you know what code it names.",
            )
        return found

    def _name_of(self, arguments: Mapping[str, Any]) -> str:
        """What the model calls itself, once it is known that it can be built and measured.

        Raises:
            EchospanError: It cannot.
        """
        key = json.dumps({name: arguments[name] for name in OF_MODEL}, default=repr)
        rules = json.dumps(arguments, default=repr)
        if rules in self._built:
            return self._built[rules]
        from echospan.adapters.resolve import resolve_model
        from echospan.spans.api import require_measurable
        from echospan.spans.plan import make_plan

        of_model = ("model", "settings", "units", "params")
        plan = make_plan(**{n: v for n, v in arguments.items() if n not in of_model})
        if key not in self._built:
            model = resolve_model(
                arguments["model"],
                plan.task,
                settings=arguments["settings"],
                units=arguments["units"],
                params=arguments["params"],
                batch_size=plan.used.batch_size,
                trust=self._trust,
            )
            require_measurable(model, plan)
            self._built[key] = model.name
        self._built[rules] = self._built[key]
        return self._built[rules]
