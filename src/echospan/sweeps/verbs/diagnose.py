"""Units that are reports of `echospan.diagnose`: where memory is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from echospan.arguments import Rule, text
from echospan.store.record import Kind
from echospan.sweeps.verbs.of_function import (
    FUNCTION,
    OBJECTS,
    OF_FUNCTION,
    call,
    require_call,
    subject_of,
)
from echospan.sweeps.verbs.reports import NOT_SWEPT, SETTINGS, Reported

if TYPE_CHECKING:
    from echospan.report.kept import Report


class Diagnose(Reported):
    """Reports: ``what = "own.py:arguments"``, ``"settings.units" = [8, 64]``."""

    kind: ClassVar[Kind] = "diagnose"
    columns: ClassVar[Mapping[str, str]] = {
        "weakest_link": "String",
        "ok": "Boolean",
        "needs": "Int64",
        "framing_reach": "Int64",
        "span": "Int64",
        "uses": "Int64",
        "codes": "String",
        "diagnose_seconds": "Float64",
    }
    score: ClassVar[str] = "uses"
    packs: ClassVar[bool] = False
    files: ClassVar[tuple[str, ...]] = ()
    codes: ClassVar[tuple[str, ...]] = (FUNCTION,)

    @classmethod
    def rules(cls) -> Mapping[str, Rule]:
        """See `Reported.rules`."""
        from echospan.diagnosis.diagnose import OF_DIAGNOSE

        apart = (*NOT_SWEPT, *OBJECTS)
        rules = {name: rule for name, rule in OF_DIAGNOSE.items() if name not in apart}
        return {**OF_FUNCTION, **rules, "loss": text}

    @classmethod
    def function(cls) -> Callable[..., Any]:
        """See `Reported.function`."""
        from echospan.diagnosis.diagnose import diagnose

        return diagnose

    @classmethod
    def subject(cls, arguments: Mapping[str, Any]) -> str:
        """See `Reported.subject`."""
        return subject_of(arguments)

    @classmethod
    def decisive(cls, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """See `Reported.decisive`."""
        return {name: arguments[name] for name in (FUNCTION, SETTINGS) if name in arguments}

    def require(self, arguments: Mapping[str, Any], *, trust: bool) -> None:
        """See `Reported.require`. The function may train a model; it is called by the worker."""
        require_call(arguments)

    @classmethod
    def measure(
        cls, arguments: Mapping[str, Any], stop: Callable[[], bool], *, trust: bool
    ) -> Report:
        """See `Reported.measure`."""
        from echospan.diagnosis.diagnose import diagnose

        found = call(arguments)
        found.update({n: one for n, one in arguments.items() if n not in (FUNCTION, SETTINGS)})
        given = found.pop("model"), found.pop("x"), found.pop("y", None)
        return diagnose(*given, **found, stop=stop)

    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """See `Verb.row`."""
        findings = result.get("findings") or ()
        return {
            **{name: result.get(name) for name in self.columns},
            "codes": ", ".join(str(finding.get("code")) for finding in findings),
            "diagnose_seconds": result.get("seconds"),
        }
