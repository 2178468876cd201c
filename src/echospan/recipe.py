"""Recipes: experiments with a name, a question and the variants that answer it, as TOML files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from echospan.arguments import flag, instance, mapping, validated
from echospan.errors import ConfigError, did_you_mean, unknown
from echospan.experiment import Experiment, apply_settings, with_names
from echospan.formats import read_toml
from echospan.given import read_given_text
from echospan.limits import sizes
from echospan.spec import Spec


class Variant(Spec):
    """A changed copy of a recipe's experiment, run beside it for comparison."""

    section: ClassVar[str] = "variants"

    name: str
    """Short name."""
    label: str = ""
    """What it is called in tables and figures."""
    set: dict[str, Any] = Field(default_factory=dict)
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

    @model_validator(mode="after")
    def _every_cell_filled(self) -> Grid:
        if [len(row) for row in self.cells] != [len(self.columns)] * len(self.rows):
            raise ConfigError(
                "grid.cells",
                f"{len(self.rows)} rows of {len(self.columns)}, as grid.rows and grid.columns say",
                self.cells,
            )
        return self


class Recipe(Spec):
    """A named experiment, with a title and a description.

    Example:
        >>> recipe = echospan.Recipe(
        ...     name="short-echo",
        ...     experiment={
        ...         "task": {"kind": "echo", "lag": 2},
        ...         "framing": {"kind": "stream"},
        ...         "model": {"kind": "gru"},
        ...     },
        ... )
        >>> recipe.settle({"model.units": 8}).model.units
        8
    """

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
    variants: list[Variant] = Field(default_factory=list)
    """What it is compared with."""
    variant_seeds: int = Field(default=3, ge=1)
    """Seeds for each variant."""
    grid: Grid | None = None
    """How to lay the variants out, where two questions are crossed."""

    @model_validator(mode="after")
    def _cells_exist(self) -> Recipe:
        names = [variant.name for variant in self.variants]
        for name in names:
            if names.count(name) > 1:
                raise ConfigError("variants.name", "given to one variant only", name)
        for name in (cell for row in self.grid.cells for cell in row) if self.grid else ():
            if name not in names:
                known = ", ".join(names) or "the variants' names, of which there are none"
                raise ConfigError("grid.cells", f"made of {known}", name)
        return self

    _trust: bool = PrivateAttr(default=True)

    @validated(settings=mapping("dotted settings"))
    def settle(self, settings: Mapping[str, Any] | None = None) -> Experiment:
        """The experiment, with the user's settings laid over the recipe's.

        Raises:
            ConfigError: A setting is unknown, missing, of another type or out of range, or the
                recipe was read from a file and names code that is not trusted.
        """
        changed = apply_settings(self.experiment, with_names(settings or {}))
        return Experiment.from_dict({"name": self.name, **changed}, trust=self._trust)

    @validated(
        variant=instance("a variant of the recipe", "echospan.recipe:Variant"),
        settings=mapping("dotted settings"),
    )
    def settle_variant(self, variant: Variant, settings: Mapping[str, Any]) -> Experiment:
        """A variant, the user's settings over the recipe's and the variant's own over both."""
        base = apply_settings(self.experiment, with_names(settings))
        changed = apply_settings(base, variant.set)
        return Experiment.from_dict(
            {"name": f"{self.name}/{variant.name}", **changed}, trust=self._trust
        )

    def replace(self, **changes: Any) -> Self:
        """A validated copy with some settings changed; trusted as this one is."""
        changed = super().replace(**changes)
        changed._trust = self._trust
        return changed

    @classmethod
    @validated(content=mapping("settings"), trust=flag)
    def from_dict(cls, content: Mapping[str, Any], *, trust: bool = False) -> Self:
        """A recipe from data, such as a stored run's.

        Args:
            content: As `to_dict` gives it.
            trust: Import what the data names as ``package.module:Class``, too, when it is settled.
        """
        recipe = cls(**content)
        recipe._trust = trust
        return recipe


def parse(text: str, source: str, *, trust: bool = False) -> Recipe:
    """A recipe from TOML.

    Args:
        text: The recipe's own settings, and the experiment's in tables beside them.
        source: What errors call the text.
        trust: Import what the text names as ``package.module:Class``, too, when it is settled.

    Raises:
        ConfigError: A setting that does not exist, or a recipe's own setting of another type; the
            experiment's are checked when it is settled.
        DataError: A syntax error, with line and column.
    """
    return recipe_of(read_toml(text, source), source, trust=trust)


def recipe_of(content: dict[str, Any], source: str, *, trust: bool = False) -> Recipe:
    """A recipe from what its TOML holds; as `parse`.

    Args:
        content: The settings; it is changed.
        source: The file, after which it is named.
        trust: As for `parse`.
    """
    names = [name for name in Recipe.model_fields if name != "experiment"]
    own = {name: content.pop(name) for name in names if name in content}
    parts = [name for name in Experiment.model_fields if name not in names]
    for key in content:
        if key not in parts:
            known = [*names, *parts]
            allowed = f"left out: the settings are {', '.join(known)}"
            raise ConfigError(key, allowed, content[key], did_you_mean(key, known))
    own = {"name": Path(source).stem, **own, "experiment": content}
    return Recipe.from_dict(own, trust=trust)


class Shelf:
    """The recipes of the package, in the order of the tutorial."""

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


def find(name: str, *, trust: bool = False) -> Recipe:
    """The shipped recipe called `name`, or the one in the file of that path.

    Args:
        name: As `echospan list` shows it, or a path that ends in ``.toml``.
        trust: Import what the file names as ``package.module:Class``, too.

    Raises:
        ConfigError: No shipped recipe has that name, or the file's settings are wrong.
        DataError: The file is not there, cannot be read or is not valid TOML.
    """
    if not name.endswith(".toml"):
        if name in SHELF.recipes:
            return SHELF.recipes[name]
        raise unknown("what", SHELF.ORDER, name, "or the path of a .toml file")
    text = read_given_text(name, "a TOML file", sizes.SETTINGS_FILE)
    return parse(text, name, trust=trust)
