"""`span` and `compare`: how far back models remember, one alone or several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from echospan.cli import complete
from echospan.cli.sheet_options import SheetOptions, measured, with_sheet_options

if TYPE_CHECKING:
    from echospan.report.objects import Comparison, Sheet


@with_sheet_options()
def span(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A built-in model name ({models}), FILE.py:function, package.module:function or a "
            ".keras file.",
            autocompletion=complete.models,
        ),
    ],
    options: SheetOptions,
) -> None:
    """Measure how far back a model remembers, and what limits it."""

    def measure(**settings: Any) -> Sheet:
        from echospan.spans.api import span

        return span(model, **settings)

    measured(options, measure)


@with_sheet_options()
def compare(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help="Models, as for `echospan span`.",
            autocompletion=complete.models,
        ),
    ],
    options: SheetOptions,
) -> None:
    """Measure several models by the same protocol."""

    def measure(**settings: Any) -> Comparison:
        from echospan.spans.compare import compare

        return compare(models, **settings)

    measured(options, measure)
