"""The sheets of several models side by side, and which differences are real."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field

from echospan.arguments import mapping, validated
from echospan.results.data import Data, plain_content, stacked
from echospan.results.reference import ReferenceTable
from echospan.results.sheet import SheetData, in_todays_layout
from echospan.results.tolerant import SureSeconds

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True)
class Difference(Data):
    """Two models at one lag.

    Attributes:
        lag: Steps back.
        better: The one whose median seed is right more often.
        worse: The other.
        by: Difference of the two shares.
        beyond: Whether every seed of the one lies above every seed of the other, their intervals
            included.
    """

    lag: int
    better: str
    worse: str
    by: float
    beyond: bool


@dataclass(frozen=True)
class Farther(Data):
    """A model that remembers farther than another one.

    Attributes:
        model: It solved every tested lag up to its span.
        span: Its span, in steps; None where only a lower bound is known.
        than: The other model.
        fails_at: The other's first failed lag, no longer than that span.
        span_at_least: Its span is at least this.
    """

    model: str
    span: int | None
    than: str
    fails_at: int
    span_at_least: int | None = None


@dataclass(frozen=True)
class ComparisonData(Data):
    """Sheets of several models, made with the same task and the same budget each.

    `to_dict` is what `echospan compare --json` prints.

    Attributes:
        sheets: In the order in which the models were named.
        farther: Every pair of models whose spans are decided to be different.
        differences: At every lag that was decided for two models and not solved by both.
        seconds: In all.
        interrupted: Whether the user ended it early.
        reference: Rows of the reference table beside the sheets; None where not asked for.
    """

    computed: ClassVar[tuple[str, ...]] = ("models",)

    sheets: Annotated[tuple[SheetData, ...], Field(min_length=1)]
    farther: tuple[Farther, ...]
    differences: tuple[Difference, ...]
    seconds: SureSeconds
    interrupted: bool = False
    reference: ReferenceTable | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, in the order in which they were named."""
        return tuple(sheet.model for sheet in self.sheets)

    @classmethod
    @validated(content=mapping("what to_dict returned"))
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Make the comparison again from what `to_dict` returned, or from a file of it.

        Raises:
            DataError: A key is missing, or its value is of another type.
        """
        content = plain_content(cls, content)
        sheets = content.get("sheets")
        if isinstance(sheets, list | tuple):
            known = [in_todays_layout(one) if isinstance(one, Mapping) else one for one in sheets]
            content = {**content, "sheets": known}
        return super().from_dict(content)

    def to_frame(self) -> polars.DataFrame:
        """Return the sheets' frames below each other: one row per model, lag and seed.

        Raises:
            MissingExtra: polars is not installed.
        """
        return stacked([sheet.to_frame() for sheet in self.sheets])
