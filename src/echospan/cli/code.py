"""`code`: print a recipe as a program of plain Keras."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echospan.cli import complete
from echospan.cli.command import typed_settings
from echospan.cli.options import (
    BatchOption,
    BinsOption,
    ColumnOption,
    DataOption,
    EpochsOption,
    ForceOption,
    JsonOption,
    KindOption,
    LagOption,
    LengthOption,
    MissingOption,
    RateOption,
    SeedOption,
    SetOption,
    SymbolsOption,
    TrustOption,
    UnitsOption,
    WindowOption,
    YesOption,
    find_beside,
    settings_from,
)
from echospan.cli.printing import out, print_json, print_text
from echospan.errors import ConfigError, unknown

if TYPE_CHECKING:
    from echospan.experiment import Experiment
    from echospan.recipe import Recipe
    from echospan.script import Script


IMPORTED = ("echospan", "jax", "keras", "numpy")
"""What a script imports, beside Python's own modules."""


def code(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(help="A recipe's name, or a .toml file.", autocompletion=complete.recipes),
    ],
    notebook: Annotated[bool, typer.Option("--notebook", help="A Jupyter notebook.")] = False,
    fit: Annotated[
        bool,
        typer.Option(
            "--echospan",
            help="Train with echospan.fit; in a notebook, in cells that follow the others.",
        ),
    ] = False,
    variant: Annotated[
        str | None,
        typer.Option(help="One of the variants that the recipe is compared with."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write this file: .py, or .ipynb for a notebook."),
    ] = None,
    set_: SetOption = None,
    lag: LagOption = None,
    symbols: SymbolsOption = None,
    length: LengthOption = None,
    window: WindowOption = None,
    units: UnitsOption = None,
    epochs: EpochsOption = None,
    batch_size: BatchOption = None,
    learning_rate: RateOption = None,
    seed: SeedOption = None,
    data: DataOption = None,
    column: ColumnOption = None,
    missing: MissingOption = None,
    kind: KindOption = None,
    bins: BinsOption = None,
    force: ForceOption = False,
    trust: TrustOption = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Print a recipe as a program of plain Keras, to read, run and change without echospan.

    It needs Keras, JAX and NumPy: echospan code window | python -
    """
    from echospan.recipe import find
    from echospan.report.files import check_output, write_whole

    if output is not None:
        check_output(output, "--output")
        if output.suffix not in (".py", ".ipynb") or (notebook and output.suffix == ".py"):
            allowed = "a file that ends in .ipynb" if notebook else "a .py or .ipynb file"
            raise ConfigError("--output", allowed, str(output))
        if output.suffix == ".py" and output.stem in {*sys.stdlib_module_names, *IMPORTED}:
            raise ConfigError(
                "--output",
                f"another name: programs beside it that import {output.stem} would get this file",
                str(output),
                f"Call it my-{output.name}.",
            )
    if trust:
        find_beside()
    recipe = find(name, trust=trust)
    experiment = _settled(recipe, variant, settings_from(set_, typed_settings(ctx)))
    as_notebook = notebook or (output is not None and output.suffix == ".ipynb")
    text = _written(recipe, experiment, as_notebook=as_notebook, fit=fit)
    if output is None:
        if json:
            print_json({"recipe": recipe.name, "code": text})
        else:
            print_text(text.rstrip("\n"))
        return
    written = write_whole(output, text.encode(), "--output")
    if json:
        print_json({"recipe": recipe.name, "path": str(written)})
    else:
        out().print(str(written), highlight=False, soft_wrap=True, markup=False)


def _settled(recipe: Recipe, variant: str | None, settings: dict[str, Any]) -> Experiment:
    if variant is None:
        return recipe.settle(settings)
    variants = {each.name: each for each in recipe.variants}
    if not variants:
        raise ConfigError("--variant", f"left out: {recipe.name} has no variants", variant)
    if variant not in variants:
        raise unknown("--variant", variants, variant)
    return recipe.settle_variant(variants[variant], settings)


def _written(recipe: Recipe, experiment: Experiment, *, as_notebook: bool, fit: bool) -> str:
    from echospan.script import notebook, write_script

    def write(*, fit: bool) -> Script:
        return write_script(
            experiment,
            title=recipe.title or recipe.name,
            about=recipe.about,
            echospan=fit,
            look=recipe.view == "encoding",
        )

    if not as_notebook:
        return write(fit=fit).text()
    return notebook(write(fit=False), write(fit=True).with_fit if fit else ())
