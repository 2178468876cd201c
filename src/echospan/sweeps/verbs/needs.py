"""Units that are reports of `echospan.needs`: how far back data need a model to look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from echospan.arguments import Rule, text
from echospan.errors import ConfigError
from echospan.extras import needs as needs_extra
from echospan.store.record import Kind
from echospan.sweeps.verbs.reports import NOT_SWEPT, Reported

if TYPE_CHECKING:
    from echospan.lookback.series import Observed
    from echospan.report.kept import Report

OF_SERIES = ("series", "target", "columns", "kind", "time", "by", "unit", "seed")
"""Arguments that decide what is read."""


class Needs(Reported):
    """Reports: ``series = ["a.csv", "b.csv"]``, ``target = "price"``, ``horizon = [1, 5]``."""

    kind: ClassVar[Kind] = "needs"
    columns: ClassVar[Mapping[str, str]] = {
        "needs": "Int64",
        "at_least": "Int64",
        "enough": "Int64",
        "any_past_helps": "Boolean",
        "p_value": "Float64",
        "gain": "Float64",
        "still_helps": "Boolean",
        "values": "Int64",
        "needs_seconds": "Float64",
    }
    score: ClassVar[str] = "needs"
    packs: ClassVar[bool] = True
    files: ClassVar[tuple[str, ...]] = ("series",)
    codes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, content: Mapping[str, Any], source: Path, *, trust: bool = False) -> None:
        """See `Reported`."""
        super().__init__(content, source, trust=trust)
        self._read: tuple[dict[str, Any], Observed] | None = None

    @classmethod
    def rules(cls) -> Mapping[str, Rule]:
        """See `Reported.rules`."""
        from echospan.lookback.api import OF_NEEDS

        rules = {name: rule for name, rule in OF_NEEDS.items() if name not in NOT_SWEPT}
        return {**rules, **dict.fromkeys(("series", "time", "by"), text)}

    @classmethod
    def function(cls) -> Callable[..., Any]:
        """See `Reported.function`."""
        from echospan.lookback.api import needs

        return needs

    @classmethod
    def subject(cls, arguments: Mapping[str, Any]) -> str:
        """See `Reported.subject`."""
        if "series" not in arguments:
            raise ConfigError("series", "given: the path of a file of values", None)
        return Path(arguments["series"]).name

    @classmethod
    def decisive(cls, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """See `Reported.decisive`."""
        return {name: one for name, one in arguments.items() if name != "splits"}

    def require(self, arguments: Mapping[str, Any], *, trust: bool) -> None:
        """See `Reported.require`."""
        from echospan.lookback.analyse import require_room
        from echospan.lookback.api import prepare

        given = {name: arguments.get(name, self._defaults.get(name)) for name in OF_SERIES}
        if self._read is None or self._read[0] != given:
            # One is remembered: units that differ in their horizon follow each other.
            self._read = None
            self._read = given, prepare(given.pop("series"), **given)[0]
        if self._read[1].kind == "numbers":
            needs_extra("Memory of numbers (echospan needs)", "lightgbm", "scipy")
        horizon = arguments.get("horizon", self._defaults["horizon"])
        require_room(self._read[1], horizon, arguments.get("lookbacks"))

    @classmethod
    def measure(
        cls, arguments: Mapping[str, Any], stop: Callable[[], bool], *, trust: bool
    ) -> Report:
        """See `Reported.measure`."""
        from echospan.lookback.api import needs

        return needs(**arguments, stop=stop)

    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """See `Verb.row`."""
        losses = [point.get("loss") for point in result.get("curve") or ()]
        share = 1 - min(losses) / losses[0] if losses and losses[0] else None
        helps = result.get("any_past_helps")
        return {
            **{name: result.get(name) for name in self.columns},
            # Without any past that helps, a window of 0 is what the data need.
            "needs": result.get("needs") if helps else 0,
            "gain": share if helps else 0.0,
            "needs_seconds": result.get("seconds"),
        }
