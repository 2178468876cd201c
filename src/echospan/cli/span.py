"""`span` and `compare`: how far back models remember, one alone or several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from echospan.cli import complete
from echospan.cli.sheet_names import names_of
from echospan.cli.sheet_options import SheetOptions, with_sheet_options
from echospan.cli.sheet_work import measured

if TYPE_CHECKING:
    from echospan.report.objects import Comparison, Sheet


@with_sheet_options()
def span(
    ctx: typer.Context,
    options: SheetOptions,
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="A built-in model name ({models}), FILE.py:function, package.module:function, "
            "hf:Class, such as hf:MambaForCausalLM, or a .keras file.",
            autocompletion=complete.models,
        ),
    ] = None,
) -> None:
    """Measure how far back a model remembers, and what limits it."""
    models = [] if model is None else [model]
    names = names_of(options.name or [], models)

    def measure(**settings: Any) -> Sheet:
        from echospan.spans.api import span

        return span(model, name=(names[0] if names else "") or None, **settings)

    measured(ctx, options, measure, models)


@with_sheet_options()
def compare(
    ctx: typer.Context,
    options: SheetOptions,
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL...",
            help="Models, as for `echospan span`; and finished sheets: ids of stored ones "
            "(latest:span-lstm) or .json files.",
            autocompletion=complete.models_and_sheets,
        ),
    ] = None,
    with_reference: Annotated[
        bool,
        typer.Option(
            "--with-reference",
            help="Put the models into the reference table that comes with echospan; one is enough.",
        ),
    ] = False,
) -> None:
    """Measure several models by the same protocol, or compare finished sheets."""
    listed = models or []
    names = names_of(options.name or [], listed)

    def measure(**settings: Any) -> Comparison:
        from echospan.spans.compare import compare

        return compare(listed, names=names, with_reference=with_reference, **settings)

    measured(ctx, options, measure, listed)
