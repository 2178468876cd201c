"""Units that are checks of a model and data that a function of the user's returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from echospan.arguments import Rule, text
from echospan.store.record import Kind
from echospan.sweeps.verbs.check_experiment import COLUMNS, row_of
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


class CheckFunction(Reported):
    """Checks: ``what = "own.py:arguments"``, ``batch_size = [16, 32]``, ``shuffle = [true]``."""

    kind: ClassVar[Kind] = "check"
    columns: ClassVar[Mapping[str, str]] = COLUMNS
    score: ClassVar[str] = "findings"
    packs: ClassVar[bool] = True
    files: ClassVar[tuple[str, ...]] = ()
    codes: ClassVar[tuple[str, ...]] = (FUNCTION,)

    @classmethod
    def rules(cls) -> Mapping[str, Rule]:
        """See `Reported.rules`."""
        from echospan.doctor.check import OF_CHECK

        apart = (*NOT_SWEPT, *OBJECTS)
        rules = {name: rule for name, rule in OF_CHECK.items() if name not in apart}
        return {**OF_FUNCTION, **rules, "loss": text}

    @classmethod
    def function(cls) -> Callable[..., Any]:
        """See `Reported.function`."""
        from echospan.doctor.check import check

        return check

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
        from echospan.doctor.check import check

        found = call(arguments)
        found.update({n: one for n, one in arguments.items() if n not in (FUNCTION, SETTINGS)})
        given = found.pop("model"), found.pop("x"), found.pop("y", None)
        return check(*given, **found)

    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """See `Verb.row`."""
        return row_of(result)
