"""Series: echo on the user's own column of numbers or categories."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from echospan.errors import ConfigError, DataError
from echospan.namespace import namespace
from echospan.random import Draw
from echospan.tasks.base import HeldOutSections, Part
from echospan.tasks.lag import MISSING, LagTask, lagged

if TYPE_CHECKING:
    from echospan.data import Series


class SeriesEcho(LagTask):
    """Echo on sections of a CSV column, evaluated on its end, which is not used in training.

    Example:
        >>> numbers = [3, 5, 3, 4] * 50
        >>> np.savetxt("rides.csv", numbers, fmt="%d", header="stops", comments="")
        >>> task = echospan.tasks.SeriesEcho(data="rides.csv", column="stops", length=10)
        >>> task.width
        3
    """

    kind: Literal["series"] = "series"
    data: str
    """Path of the CSV file."""
    column: str
    """Name of the column, or `#2` for the second one."""
    values: Literal["auto", "integers", "categories"] = "auto"
    """What the column holds. `auto` detects it and refuses a mixture."""
    bins: int | None = Field(default=None, ge=2, le=1000)
    """Sort numbers into at most so many ranges, with about as many values of the training part
    each. Left out, real numbers are sorted into 10, and whole numbers stay as they are."""
    missing: Literal["mask", "refuse"] = "mask"
    """Blank cells: treat them as missing steps, or refuse the file."""
    length: int = Field(default=25, ge=1)
    """Values in one section."""
    lag: int = Field(default=1, ge=0)
    """Steps between a value and its echo."""
    held_out: float = Field(default=0.2, gt=0, lt=1)
    """Share of the series, at its end, that is kept for evaluation."""

    @model_validator(mode="after")
    def _lag_inside(self) -> SeriesEcho:
        if self.lag >= self.length:
            raise ConfigError("task.lag", f"smaller than task.length ({self.length})", self.lag)
        return self

    @property
    def series(self) -> Series:
        """The column as it was read."""
        bins = (self.bins, 1 - self.held_out)
        return _read(self.data, self.column, self.values, self.missing, bins, _stamp(self.data))

    @property
    def width(self) -> int:
        """Number of distinct values in the column."""
        return len(self.series.vocabulary)

    @property
    def steps(self) -> int:
        """Values in one section."""
        return self.length

    @property
    def chance(self) -> float:
        """Share of the most common value in the part used for evaluation."""
        codes = self._parts()["evaluation"]
        counts = np.bincount(codes[codes >= 0], minlength=self.width)
        return float(counts.max() / max(counts.sum(), 1))

    @property
    def may_miss(self) -> bool:
        """Whether the column has blank cells."""
        return self.series.missing_rows.count > 0

    def _parts(self) -> dict[str, np.ndarray]:
        codes = self.series.codes
        cut = round(len(codes) * (1 - self.held_out))
        parts = {"train": codes[:cut], "evaluation": codes[cut:]}
        for name, part in parts.items():
            if len(part) < self.length:
                raise DataError(
                    f"The {name} part of column {self.column!r} has {len(part)} values, fewer than "
                    f"task.length ({self.length}). Lower the length or bring a longer series."
                )
            if (part == MISSING).all():
                raise DataError(
                    f"The {name} part of column {self.column!r} has {len(part)} cells, all blank. "
                    "Change task.held_out or bring a longer series."
                )
        return parts

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The two parts of the series: codes (time,)."""
        return self._parts()

    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        """Stretches that start anywhere in the part: integers (sequences, steps)."""
        codes = arrays[part]
        start = draw.integers(0, len(codes) - self.length + 1, (sequences, 1))
        xp = namespace(start)
        return xp.take(codes, start + xp.arange(self.length)[None, :])

    def held_out_sections(self, scored: np.ndarray, most: int) -> HeldOutSections:
        """Sections of the held-out part, one after another, each with the steps before its answers.

        The last one ends where the series does, so that it may repeat steps of the one before. If
        there are more than `most`, they are taken evenly.
        """
        codes = self._parts()["evaluation"]
        asked = scored[scored >= self.lag]
        stride = int(asked.max() - asked.min()) + 1 if asked.size else self.length
        end = len(codes) - self.length
        starts = np.unique([*range(0, end + 1, stride), end])
        if len(starts) > most:
            starts = starts[np.linspace(0, len(starts) - 1, most).astype(int)]
        return HeldOutSections(starts, codes[starts[:, None] + np.arange(self.length)])

    def targets(self, values: Any) -> Any:
        """The values `lag` steps earlier."""
        return lagged(values, self.lag)


def _stamp(path: str) -> float:
    """Changes when the file does, so that an edited file is read again."""
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return 0.0


@lru_cache(maxsize=4)
def _read(
    path: str,
    column: str,
    values: str,
    missing: str,
    bins: tuple[int | None, float],
    stamp: float,
) -> Series:
    from echospan.data import DEFAULT_BINS, read_series

    asked, train_share = bins
    return read_series(
        path,
        column,
        missing=missing,  # type: ignore[arg-type]
        kind=values,  # type: ignore[arg-type]
        bins=asked or DEFAULT_BINS,
        integers_too=asked is not None,
        train_share=train_share,
    )
