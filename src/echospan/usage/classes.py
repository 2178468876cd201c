"""Classes of answers that are measured by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from echospan.errors import ConfigError, DataError
from echospan.usage.answers import Meaning
from echospan.usage.windows import Windows

RARITY = "rarity"

PARTS = (("common", 0.5), ("less common", 0.9), ("rare", 1.01))
"""Names of the classes of targets, most frequent first, and up to what share of the answers."""

MOST = 50
"""Classes at most."""


def labels_of(
    given: Any, windows: Windows, targets: Sequence[np.ndarray], meanings: Sequence[Meaning]
) -> np.ndarray | None:
    """The class of each window, (windows,); None where no classes were asked for.

    Args:
        given: Labels of the samples, (samples,), or of their steps, (samples, time); or "rarity".
        windows: The windows.
        targets: What answers are compared with.
        meanings: What outputs stand for.

    Raises:
        ConfigError: They don't fit the samples, or there are no classes of targets.
    """
    if given is None:
        return None
    if isinstance(given, str):
        if given != RARITY:
            raise ConfigError("classes", "one label a sample, or 'rarity'", given)
        return _rarity(targets[0], meanings[0])
    try:
        labels = np.asarray(given)
    except Exception:
        # Objects of the user's own, or rows of different lengths.
        labels = np.zeros(())
    most = int(windows.taken.max()) + 1
    if labels.ndim not in (1, 2) or len(labels) < most:
        raise ConfigError(
            "classes", "one label a sample, (samples,), or one a step, (samples, time)",
            f"an array of shape {labels.shape}",
        )  # fmt: skip
    chosen = labels[windows.taken]
    if labels.ndim == 2:
        ends = (0 if windows.starts is None else windows.starts) + windows.steps - 1
        chosen = chosen[np.arange(len(chosen)), ends]
    found = np.asarray([str(each) for each in chosen])
    if len(np.unique(found)) > MOST:
        raise ConfigError("classes", f"at most {MOST} different labels", len(np.unique(found)))
    return found


def _rarity(target: np.ndarray, meaning: Meaning) -> np.ndarray:
    """By how often each target is met: those that make up half of the answers are common."""
    if not meaning.classes:
        raise DataError("classes='rarity' needs targets that are classes; these are numbers.")
    if target.dtype.kind == "f" and target.ndim > 1 and target.shape[meaning.axis] > 1:
        target = target.argmax(meaning.axis)
    symbols = target.reshape(len(target), -1)[:, -1].astype("int64")
    kinds, places, counts = np.unique(symbols, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    before = np.empty(len(kinds))
    before[order] = (np.cumsum(counts[order]) - counts[order]) / counts.sum()
    names = [next(name for name, end in PARTS if share < end) for share in before]
    return np.asarray(names)[places]
