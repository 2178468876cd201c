"""Units that are reports of `echospan.conform`: whether models carry their state correctly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from echospan.arguments import Rule, text
from echospan.errors import ConfigError
from echospan.store.record import Kind
from echospan.sweeps.verbs.reports import NOT_SWEPT, Reported

if TYPE_CHECKING:
    from echospan.report.kept import Report


class Conform(Reported):
    """Reports: ``model = ["lstm", "own.py:net"]``, ``weights = ["enlarged", "own"]``."""

    kind: ClassVar[Kind] = "conform"
    columns: ClassVar[Mapping[str, str]] = {
        "verdict": "String",
        "faults": "Int64",
        "faulty_checks": "String",
        "passed": "Int64",
        "refused": "Int64",
        "not_promised": "Int64",
        "cannot_tell": "Int64",
        "conform_seconds": "Float64",
    }
    score: ClassVar[str] = "faults"
    packs: ClassVar[bool] = True
    files: ClassVar[tuple[str, ...]] = ()
    codes: ClassVar[tuple[str, ...]] = ("model",)

    @classmethod
    def rules(cls) -> Mapping[str, Rule]:
        """See `Reported.rules`."""
        from echospan.conformance.conform import OF_CONFORM

        rules = {name: rule for name, rule in OF_CONFORM.items() if name not in NOT_SWEPT}
        return {**rules, "model": text}

    @classmethod
    def function(cls) -> Callable[..., Any]:
        """See `Reported.function`."""
        from echospan.conformance.conform import conform

        return conform

    @classmethod
    def subject(cls, arguments: Mapping[str, Any]) -> str:
        """See `Reported.subject`."""
        if "model" not in arguments:
            raise ConfigError("model", "given: what is checked", None)
        return str(arguments["model"])

    @classmethod
    def decisive(cls, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """See `Reported.decisive`."""
        return {name: one for name, one in arguments.items() if name != "weights"}

    def require(self, arguments: Mapping[str, Any], *, trust: bool) -> None:
        """See `Reported.require`."""
        from echospan.adapters.resolve_stateful import resolve_stateful
        from echospan.conformance.conform import chosen
        from echospan.conformance.examine import require_state

        chosen(
            arguments.get("checks"),
            arguments.get("allow") or (),
            strict=bool(arguments.get("strict")),
        )
        of_model = {name: arguments.get(name) for name in ("features", "symbols")}
        require_state(resolve_stateful(arguments["model"], **of_model, trust=trust))

    @classmethod
    def measure(
        cls, arguments: Mapping[str, Any], stop: Callable[[], bool], *, trust: bool
    ) -> Report:
        """See `Reported.measure`."""
        from echospan.conformance.conform import conform

        return conform(**arguments, trust=trust, stop=stop)

    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """See `Verb.row`."""
        checks = result.get("checks") or ()
        verdicts = [check.get("verdict") for check in checks]
        faulty = [str(check.get("name")) for check in checks if check.get("verdict") == "fault"]
        return {
            "verdict": result.get("verdict"),
            "faults": len(faulty),
            "faulty_checks": ", ".join(faulty),
            "passed": sum(verdict in ("pass", "grain") for verdict in verdicts),
            "refused": verdicts.count("refuses"),
            "not_promised": verdicts.count("not_promised"),
            "cannot_tell": verdicts.count("cannot_tell"),
            "conform_seconds": result.get("seconds"),
        }
