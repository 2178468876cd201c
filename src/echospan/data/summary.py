"""What a series holds, in numbers that can be printed or written as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from echospan.data.csv_file import Series
from echospan.data.encoding import MISSING
from echospan.errors import ConfigError


def describe(series: Series, most_common: int = 10) -> dict[str, Any]:
    """Summarise a series.

    Args:
        series: The series.
        most_common: How many of the most common values to list, at least 0.

    Returns:
        A dict for ``json.dumps``:

        - ``path``, ``column``, ``rows``, ``kind``, ``symbols`` (the number K of them);
        - ``missing``: ``count``, ``share`` of all rows, ``first_lines``;
        - ``most_common``: list of ``value``, ``count`` and ``share`` of the rows that aren't
          missing, equal counts in the vocabulary's order;
        - ``chance``: the accuracy of guessing without looking back, ``uniform`` (1/K) and
          ``most_common`` (always predicting the most common value);
        - ``entropy_bits``: entropy of the values' shares (the plug-in estimate), at most log2(K);
        - ``repeat_share``: share of the steps that equal the step before, where neither is
          missing: the accuracy of repeating the last value. None if there is no such step.

    Raises:
        ConfigError: ``most_common`` is negative.
    """
    if most_common < 0:
        raise ConfigError("most_common", "a whole number of at least 0", most_common)
    values = series.vocabulary.values
    counts = np.bincount(series.codes[series.codes != MISSING], minlength=len(values))
    known = int(counts.sum())
    shares = counts / max(known, 1)
    ranked = np.argsort(-counts, kind="stable")[:most_common]
    return {
        "path": str(series.path),
        "column": series.column,
        "rows": series.rows,
        "missing": {
            "count": series.missing_rows.count,
            "share": series.missing_rows.count / series.rows,
            "first_lines": list(series.missing_rows.first_lines),
        },
        "kind": series.vocabulary.kind,
        "symbols": len(values),
        "most_common": [
            {"value": values[i], "count": int(counts[i]), "share": float(shares[i])}
            for i in ranked.tolist()
            if counts[i]
        ],
        "chance": {"uniform": 1 / len(values), "most_common": float(shares.max())},
        "entropy_bits": _entropy(shares),
        "repeat_share": repeat_share(series.codes),
    }


def repeat_share(codes: npt.NDArray[np.int32]) -> float | None:
    """Return the share of steps that equal the step before, where neither is missing.

    Args:
        codes: Symbols of shape (time,), -1 where missing.

    Returns:
        A number from 0 to 1; None if no two neighbours are both there.
    """
    before, after = codes[:-1], codes[1:]
    both = (before != MISSING) & (after != MISSING)
    pairs = int(np.count_nonzero(both))
    return int(np.count_nonzero((before == after) & both)) / pairs if pairs else None


def _entropy(shares: npt.NDArray[np.float64]) -> float:
    present = shares[shares > 0]
    # Adding 0 turns the -0.0 of a single value into 0.0.
    return float(-(present * np.log2(present)).sum() + 0.0)
