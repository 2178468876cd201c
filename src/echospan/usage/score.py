"""Losses and changes of a model's answers, against the full context and the best constant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from echospan.adapters.each_loss import EachLoss
from echospan.adapters.support import NotSupported
from echospan.errors import ConfigError, DataError
from echospan.usage.answers import Meaning, meanings_of
from echospan.usage.bounds import Bootstrap, shown_positive
from echospan.usage.constant import best_constant
from echospan.usage.running import Answers, Running


class Score:
    """What answers are judged by.

    Args:
        running: The model with its windows.
        loss: The user's loss; None for the compiled one.

    Attributes:
        full: The loss of each window with the full context, (windows,).
        constant: The loss of each window under the best constant answer, (windows,).
        meanings: What each output stands for.

    Raises:
        ConfigError: There is no loss, or it can't be computed.
        DataError: Losses are NaN, or all targets are the same.
    """

    def __init__(self, running: Running, loss: Any) -> None:
        self.targets = running.targets()
        self._each_loss = EachLoss(running.adapter, loss)
        answers = running.whole()
        self._require_numbers(answers)
        try:
            self.full = self._each_loss(answers, self.targets)
        except NotSupported as error:
            raise ConfigError(
                "loss", "given as a function loss(outputs, targets)", None,
                f"The model has none of its own: {error.reason}.",
            ) from None  # fmt: skip
        except Exception as error:
            shapes = ", ".join(str(each.shape[1:]) for each in [*answers, *self.targets])
            told = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise ConfigError(
                "loss", "one that takes the model's outputs and the targets", loss,
                f"With one sample of shapes {shapes} it failed: {told}",
            ) from error  # fmt: skip
        bad = ~np.isfinite(self.full)
        if bad.any():
            raise DataError(
                f"The loss of {int(bad.sum()):,} of {len(bad):,} windows is NaN or infinite, so "
                "nothing can be compared. Check the weights and the data."
            )
        few = [each[:64] for each in answers]
        wanted = [each[:64] for each in self.targets]
        self.meanings = meanings_of(running.adapter, self._each_loss, few, wanted, loss)
        self.plain = [
            meaning.plain(each).astype("float32")
            for meaning, each in zip(self.meanings, answers, strict=True)
        ]
        self.constant = best_constant(self._each_loss, self.meanings, answers, self.targets)

    @property
    def gains(self) -> np.ndarray:
        """How much lower the loss of each window is than under the best constant, (windows,)."""
        return np.asarray(self.constant - self.full)

    def require_gain(self, bootstrap: Bootstrap, order: np.ndarray) -> None:
        """Refuse a model that is at chance.

        Args:
            bootstrap: The draws.
            order: Numbers of the windows in the order of time.

        Raises:
            DataError: Its loss is not shown to be below that of the best constant answer.
        """
        if not shown_positive(bootstrap, self.gains[order]):
            raise AtChance(
                f"The model is at chance: its loss on these {len(self.full):,} windows is "
                f"{self.full.mean():.4g}, that of the best constant answer "
                f"{self.constant.mean():.4g}. Train it first, and check that x and y belong "
                "together."
            )

    def losses(self, answers: Answers, places: np.ndarray) -> np.ndarray:
        """The loss of each of the windows, given the model's outputs."""
        return self._each_loss(answers, [each[places] for each in self.targets])

    def averaged(self, plains: Sequence[Answers], places: np.ndarray) -> np.ndarray:
        """The loss of the average answer of many draws, of which a few are given.

        The loss of an average of few is too high; the jackknife takes that away, exactly for a
        squared error.

        Args:
            plains: Answers of each draw, as `Meaning.plain` gives them.
            places: Numbers of the windows.
        """
        many = len(plains)
        means = [np.mean(np.stack(group), 0) for group in zip(*plains, strict=True)]
        found = self.losses(self._outputs(means), places)
        if many < 2:
            return found
        gaps = []
        for plain in plains:
            rest = [(many * m - p) / (many - 1) for m, p in zip(means, plain, strict=True)]
            gaps.append(self.losses(self._outputs(rest), places) - found)
        gap = np.stack(gaps)
        bounded = any(meaning.form != "values" for meaning in self.meanings)
        if bounded:
            # One draw that holds most of a probability says nothing of what more draws would give.
            gap = np.minimum(gap, math.log(max(2 * (many - 1) / many, 1.0)))
        excess = (many - 1) * gap.mean(0)
        return np.asarray(found - (np.maximum(excess, 0.0) if bounded else excess))

    def plain_of(self, answers: Answers) -> Answers:
        """Outputs as what may be averaged."""
        return [m.plain(each) for m, each in zip(self.meanings, answers, strict=True)]

    def _outputs(self, plain: Answers) -> Answers:
        return [m.outputs(each) for m, each in zip(self.meanings, plain, strict=True)]

    def changes(self, plain: Answers, places: np.ndarray) -> np.ndarray:
        """How far answers are from those with the full context, (windows,)."""
        parts = [
            meaning.distance(one, other[places])
            for meaning, one, other in zip(self.meanings, plain, self.plain, strict=True)
        ]
        return np.asarray(np.mean(parts, 0))

    def _require_numbers(self, answers: Answers) -> None:
        bad = sum(
            int((~np.isfinite(each)).any(tuple(range(1, each.ndim))).sum()) for each in answers
        )
        if bad:
            raise DataError(
                f"The model's answers to {bad:,} of {len(answers[0]):,} windows hold NaN or "
                "infinity. Check its weights and x."
            )


class AtChance(DataError):
    """The model is no better than the best constant answer."""


def share(meanings: Sequence[Meaning]) -> str:
    """How changes of answers are measured, in words."""
    if all(meaning.classes for meaning in meanings):
        return "total variation distance"
    return "mean absolute difference"
