"""Recipes: experiments with a name, a question and the variants that answer it, as TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from echospan.errors import ConfigError, DataError
from echospan.experiment import Experiment, apply_settings
from echospan.spec import Spec


class Variant(Spec):
    """A changed copy of a recipe's experiment, run beside it for comparison."""

    section: ClassVar[str] = "variants"

    name: str
    """Short name."""
    label: str = ""
    """What it is called in tables and figures."""
    set: dict[str, Any] = {}
    """Dotted settings that differ from the recipe's experiment."""


class Grid(Spec):
    """Two questions crossed: which variant stands in which cell."""

    section: ClassVar[str] = "grid"

    rows: list[str]
    """Labels of the rows."""
    columns: list[str]
    """Labels of the columns."""
    cells: list[list[str]]
    """Names of variants, row by row."""


class Recipe(Spec):
    """A named experiment with what it is about."""

    section: ClassVar[str] = "recipe"

    name: str
    """What the command line calls it."""
    title: str = ""
    """One line."""
    about: str = ""
    """What it shows and why, in a few sentences."""
    view: Literal["", "encoding"] = ""
    """What is shown beside the result: `encoding` for the vectors themselves."""
    experiment: dict[str, Any]
    """The experiment's settings, still without those that the user has to bring."""
    variants: list[Variant] = []
    """What it is compared with."""
    variant_seeds: int = Field(default=3, ge=1)
    """Seeds for each variant."""
    grid: Grid | None = None
    """How to lay the variants out, where two questions are crossed."""

    @model_validator(mode="after")
    def _cells_exist(self) -> Recipe:
        names = {variant.name for variant in self.variants}
        for name in (cell for row in self.grid.cells for cell in row) if self.grid else ():
            if name not in names:
                raise ConfigError("grid.cells", f"made of {', '.join(sorted(names))}", name)
        return self

    def settle(self, settings: Mapping[str, Any] | None = None) -> Experiment:
        """The experiment, with the user's settings laid over the recipe's."""
        return Experiment(
            **{"name": self.name, **apply_settings(self.experiment, settings or {})}
        )

    def settle_variant(self, variant: Variant, settings: Mapping[str, Any]) -> Experiment:
        """A variant, the user's settings over the recipe's and the variant's own over both."""
        base = apply_settings(self.experiment, settings)
        return Experiment(
            **{"name": f"{self.name}/{variant.name}", **apply_settings(base, variant.set)}
        )


def parse(text: str, source: str) -> Recipe:
    """A recipe from TOML.

    Raises:
        ConfigError: A syntax error (with line and column), or a setting that does not exist.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{source} is not valid TOML: {error}.") from None
    own = {key: content.pop(key) for key in list(content) if key in Recipe.model_fields}
    for key in content:
        if key not in Experiment.model_fields:
            known = [*Recipe.model_fields, *Experiment.model_fields]
            known.remove("experiment")
            raise ConfigError(key, f"left out: the settings are {', '.join(known)}", content[key])
    variants = [Variant(**variant) for variant in own.pop("variants", [])]
    grid = Grid(**own.pop("grid")) if "grid" in own else None
    name = own.pop("name", Path(source).stem)
    return Recipe(name=name, experiment=content, variants=variants, grid=grid, **own)


class Shelf:
    """The recipes shipped in the package, in the order in which they are told."""

    ORDER = (
        "encode",
        "echo",
        "mistake",
        "window",
        "stateless",
        "masked",
        "prefix",
        "lags",
        "sequence",
        "encoder-decoder",
        "stream",
        "mlp",
        "binary",
        "embedding",
        "regression",
        "csv",
    )

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        """All of them by name."""
        return dict(self._read())

    def _read(self) -> Iterator[tuple[str, Recipe]]:
        folder = resources.files("echospan") / "recipes"
        for name in self.ORDER:
            yield name, parse((folder / f"{name}.toml").read_text("utf-8"), f"{name}.toml")


SHELF = Shelf()


def find(name: str) -> Recipe:
    """The shipped recipe called `name`, or the one in the file of that path.

    Raises:
        ConfigError: Neither exists.
        DataError: The file cannot be read.
    """
    if not name.endswith(".toml"):
        if name in SHELF.recipes:
            return SHELF.recipes[name]
        raise ConfigError(
            "NAME", f"one of {', '.join(SHELF.ORDER)}, or the path of a .toml file", name
        )
    path = Path(name)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise DataError(f"There is no file {name}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{name} cannot be read as text: {error}.") from None
    return parse(text, name)
