"""One line in a test suite that says whether a model carries its state correctly.

    from echospan.pytest_plugin import assert_conforms

    def test_state():
        assert_conforms(MyCell(4, 8))

pytest finds the fixture `conforms`, which is the same function, by itself. Importing this module
imports no framework, and not NumPy; the first call does.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from echospan.report.objects import ConformReport

__all__ = ["assert_conforms"]

NO_SCRIPT = (
    "There is no script that shows it without echospan: it is not known how the model is made, or "
    "how it is run. By name, as in 'package.module:Class', one can be written."
)


def assert_conforms(
    model: Any,
    *,
    allow: Iterable[str] = (),
    strict: bool = False,
    checks: Iterable[str] | None = None,
    **settings: Any,
) -> ConformReport:
    """Fail unless a model carries its state correctly.

    A check that cannot tell does not fail, unless `strict` is set or no check passed. The fixture
    `conforms` adds a section to the test's report then, which ``pytest -rP`` shows.

    Args:
        model: What `echospan.conform` takes.
        allow: Names of checks whose fault is let through as not promised.
        strict: Also fail on what the library does not promise, and if a check cannot tell.
        checks: Names of the checks to make; left out, all.
        **settings: Further arguments of `echospan.conform`, such as ``features=8``.

    Returns:
        The report.

    Raises:
        AssertionError: A fault: its smallest case, the likely cause, and a script that shows it.
        ConfigError: An argument is wrong.

    Example:
        >>> import torch
        >>> assert_conforms(torch.nn.GRU(4, 8, batch_first=True)).verdict
        'conforms'
    """
    __tracebackhide__ = True
    import echospan

    report = echospan.conform(
        model,
        allow=allow,  # type: ignore[arg-type]
        strict=strict,
        checks=checks,  # type: ignore[arg-type]
        **settings,
    )
    if said := failure(report):
        raise AssertionError(said)
    return report


def failure(report: ConformReport) -> str:
    """Why a test of this model fails, for people; empty where it passes."""
    from echospan.report.conform_words import opening

    if report.verdict == "fault":
        parts = [f"{report.model}: {opening(report)}", *_rows(report, "fault")]
        if script := report.script():
            indented = textwrap.indent(script.strip("\n"), "    ")
            parts += ["", "A script that shows the first fault without echospan:", "", indented]
        else:
            parts += ["", *textwrap.wrap(NO_SCRIPT, 96)]
        names = [check.name for check in report.faults]
        parts += ["", f"To let a check through, with the reason beside it: allow={names}"]
        return "\n".join(parts)
    if report.verdict == "conforms" or not (
        report.strict or not any(check.passed for check in report.checks)
    ):
        return ""
    return unsure(report)


def unsure(report: ConformReport) -> str:
    """What could not be told of this model; empty where everything could."""
    from echospan.report.conform_words import opening

    if report.verdict != "cannot_tell":
        return ""
    rows = [*_rows(report, "cannot_tell"), *_rows(report, "refuses")]
    return "\n".join([f"{report.model}: {opening(report)}", *rows])


def _rows(report: ConformReport, verdict: str) -> list[str]:
    """A paragraph for each check with that verdict."""
    from echospan.report.conform_words import VERDICTS, explained

    return [
        textwrap.fill(
            f"{check.name}: {VERDICTS[check.verdict]}. {' '.join(explained(check))}",
            width=96,
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for check in report.checks
        if check.verdict == verdict
    ]
