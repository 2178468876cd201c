"""From losses by steps kept to how many steps the model uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from echospan.results.uses import (
    Ablation,
    UsesAblation,
    UsesClass,
    UsesHurt,
    UsesPoint,
)
from echospan.usage.bounds import Bootstrap, shown_positive, simultaneous
from echospan.usage.score import Score
from echospan.usage.search import Found

ORDER: tuple[Ablation, ...] = ("average", "restart", "shuffle", "replace")

MOST_LOST = 0.05
"""Share of the gain that is missing where 95 % of it is there."""

HURTS = 0.01
"""Share of the gain from which on an improvement without older steps is told."""

MUCH = 0.25
"""Share of the mean change without any step, above which an answer changes much."""

FEWEST = 30
"""Answers of a class, below which nothing is said of it."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """Bounds for one rung, which hold for all rungs together.

    Attributes:
        missing: Mean of what is lost beyond the margin, and its bounds.
        excess: Mean of what is lost against the full context, and its bounds.
    """

    missing: tuple[float, float, float]
    excess: tuple[float, float, float]


class Judge:
    """Says what the curves show.

    Args:
        found: What was run.
        score: What answers are judged by.
        bootstrap: Draws of windows in the order of time.
        order: Numbers of the windows in the order of time.
        margin: Share of the gain that may be missing.
        replace: Whether to show `replace`, too.
    """

    def __init__(
        self,
        found: Found,
        score: Score,
        bootstrap: Bootstrap,
        order: np.ndarray,
        *,
        margin: float,
        replace: bool,
    ) -> None:
        self._found, self._score, self._bootstrap = found, score, bootstrap
        self._order, self._margin = order, margin
        self._losses: dict[tuple[Ablation, int], np.ndarray] = {
            (name, kept): rung.loss
            for name, rungs in found.curves.items()
            for kept, rung in rungs.items()
        }
        if replace:
            for kept, rung in found.curves.get("average", {}).items():
                if rung.replaced is not None:
                    self._losses["replace", kept] = rung.replaced
        self.bounds = self._bounded(slice(None), bootstrap)

    @property
    def gain(self) -> float:
        """Mean gain over the best constant answer."""
        return float(self._score.gains.mean())

    def _bounded(
        self, chosen: slice | np.ndarray, bootstrap: Bootstrap
    ) -> dict[tuple[Ablation, int], Bounds]:
        """Bounds of all rungs together, over some of the windows in the order of time."""
        if not self._losses:
            return {}
        full, gains = self._score.full[self._order][chosen], self._score.gains[self._order][chosen]
        excess = np.stack([each[self._order][chosen] - full for each in self._losses.values()])
        missing = excess - self._margin * gains
        low, high = simultaneous(bootstrap, np.concatenate([missing, excess]))
        many = len(excess)
        return {
            key: Bounds(
                (float(missing[row].mean()), float(low[row]), float(high[row])),
                (
                    float(excess[row].mean()),
                    float(low[many + row]),
                    float(high[many + row]),
                ),
            )
            for row, key in enumerate(self._losses)
        }

    def ablation(self, name: Ablation) -> UsesAblation:
        """What one ablation says."""
        bounds = {kept: each for (own, kept), each in self.bounds.items() if own == name}
        if not bounds:
            reason = self._found.refused.get(name, "")
            return UsesAblation(name, reason=reason or "interrupted before it was run")
        least = 0 if name == "shuffle" else 1
        uses, interval = _answer(bounds, least=least)
        most = [kept for kept, each in bounds.items() if each.excess[0] <= MOST_LOST * self.gain]
        return UsesAblation(name, uses, interval, max(min(most), least))

    def points(self, name: Ablation) -> tuple[UsesPoint, ...]:
        """The curve of one ablation."""
        full = float(self._score.full.mean())
        rungs = self._found.curves.get("average" if name == "replace" else name, {})
        steps = max(rungs, default=0)
        found = []
        for kept, rung in sorted(rungs.items()):
            if (name, kept) not in self.bounds:
                continue
            mean, low, high = self.bounds[name, kept].excess
            interval = None if kept == steps else (full + low, full + high)
            found.append(UsesPoint(kept, full + mean, interval, float(rung.change.mean())))
        return tuple(found)

    def hurt(self, positions: bool) -> UsesHurt | None:
        """The largest shown improvement without older steps.

        Args:
            positions: Whether the model has weights for positions: what a restart improves may be
                that the steps come to positions that it knows better.
        """
        taken = ("average",) if positions else ("average", "restart")
        best: UsesHurt | None = None
        for (name, kept), each in self.bounds.items():
            mean, low, high = (one / self.gain for one in each.excess)
            shown = name in taken and high < 0 and -mean >= HURTS
            if shown and (best is None or -mean > best.share):
                best = UsesHurt(kept, -mean, (-high, -low), name)
        return best

    def changed(self, name: Ablation, kept: int) -> float | None:
        """Share of the answers that change much with at most so many steps kept."""
        rungs = self._found.curves.get(name, {})
        tried = [each for each in rungs if each <= kept]
        start = self._found.curves.get("average", self._found.curves.get("restart", {})).get(0)
        if not tried or start is None or not start.change.mean():
            return None
        change = rungs[max(tried)].change
        return float(np.mean(change > MUCH * start.change.mean()))

    def classes(
        self, name: Ablation, labels: np.ndarray, seed: int, block: int
    ) -> tuple[UsesClass, ...]:
        """The same for each class of answers.

        Args:
            name: The ablation.
            labels: Class of each window, (windows,).
            seed: Of the draws.
            block: Windows that share steps.
        """
        own = labels[self._order]
        return tuple(self._class(name, str(each), own == each, seed, block) for each in _kinds(own))

    def _class(
        self, name: Ablation, label: str, chosen: np.ndarray, seed: int, block: int
    ) -> UsesClass:
        full = self._score.full[self._order][chosen]
        constant = self._score.constant[self._order][chosen]
        many = int(chosen.sum())
        bare = UsesClass(label, many, float(full.mean()), float(constant.mean()))
        if many < FEWEST or many < 3 * block:
            return bare
        bootstrap = Bootstrap.of(many, block, seed)
        if not shown_positive(bootstrap, constant - full):
            return bare
        bounds = {
            kept: each
            for (own, kept), each in self._bounded(chosen, bootstrap).items()
            if own == name
        }
        uses, interval = _answer(bounds, least=1)
        return UsesClass(label, many, bare.full_loss, bare.constant_loss, uses, interval)


def _kinds(labels: np.ndarray) -> Sequence[object]:
    return list(np.unique(labels))


def _answer(bounds: Mapping[int, Bounds], *, least: int) -> tuple[int, tuple[int, int]]:
    """Fewest steps within the margin from which on all are, and its interval.

    Args:
        bounds: By steps kept.
        least: The smallest answer.
    """
    kepts = sorted(bounds)
    uses = enough = kepts[-1]
    for kept in reversed(kepts):
        if bounds[kept].missing[0] > 0:
            break
        uses = kept
    for kept in reversed(kepts):
        if bounds[kept].missing[2] > 0:
            break
        enough = kept
    beyond = [kept for kept in kepts if bounds[kept].missing[1] > 0]
    at_least = max(beyond) + 1 if beyond else 0
    uses, enough = max(uses, least), max(enough, least)
    return uses, (min(max(at_least, least), uses), max(enough, uses))
