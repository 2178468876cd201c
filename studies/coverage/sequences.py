"""New sequences: the steps of one sequence succeed and fail together, more or less."""

from __future__ import annotations

from functools import partial

import numpy as np

from echospan.engine.evaluator import Answers
from echospan.measure import squared_error
from echospan.runner.scores import score
from studies.coverage.cell import Cell


def answers_for(right: np.ndarray) -> tuple[Answers, np.ndarray]:
    """Answers (sequences, steps) and predictions that are right where asked to be."""
    expected = np.zeros(right.shape, int)
    answers = Answers(expected, expected, expected, np.arange(right.shape[1]), np.zeros(1))
    return answers, np.where(right, 0, 1)


def beta(
    share: float, alike: float, shape: tuple[int, int], generator: np.random.Generator
) -> np.ndarray:
    """Each sequence has an accuracy of its own: beta, with correlation `alike` within it."""
    own: np.ndarray | float = share
    if alike == 1:
        own = (generator.random((shape[0], 1)) < share).astype(float)
    elif alike:
        size = (1 - alike) / alike
        own = generator.beta(share * size, (1 - share) * size, (shape[0], 1))
    return generator.random(shape) < own


def bursts(
    share: float, stays: float, shape: tuple[int, int], generator: np.random.Generator
) -> np.ndarray:
    """Right and wrong as a Markov chain within each sequence."""
    right = np.empty(shape, bool)
    right[:, 0] = generator.random(shape[0]) < share
    for step in range(1, shape[1]):
        again = generator.random(shape[0]) < stays
        right[:, step] = np.where(again, right[:, step - 1], generator.random(shape[0]) < share)
    return right


def _scored(
    share: float, make: partial[np.ndarray], generator: np.random.Generator
) -> tuple[float, tuple[float, float] | None]:
    answers, predicted = answers_for(make(generator=generator))
    return share, score(answers, predicted, 0.95).interval


def _error(alike: float, generator: np.random.Generator) -> tuple[float, tuple[float, float]]:
    """Numbers: errors of variance 1, of which a share is common to a sequence."""
    off = np.sqrt(alike) * generator.normal(size=(200, 1))
    off = off + np.sqrt(1 - alike) * generator.normal(size=(200, 24))
    return 1.0, squared_error(np.zeros((200, 24)), off).interval


def _cells(shape: tuple[int, int], shares: tuple[float, ...]) -> list[Cell]:
    size = f"{shape[0]} sequences of {shape[1]} answers"
    cells = []
    for share in shares:
        kinds = {
            "independent answers": partial(beta, share, 0.0, shape),
            "correlation 0.1 within a sequence": partial(beta, share, 0.1, shape),
            "correlation 0.5 within a sequence": partial(beta, share, 0.5, shape),
            "bursts (stays with 0.8)": partial(bursts, share, 0.8, shape),
            "whole sequences right or wrong": partial(beta, share, 1.0, shape),
        }
        cells += [
            Cell(f"{size}; {name}; accuracy {share:.3g}", partial(_scored, share, make))
            for name, make in kinds.items()
        ]
    return cells


SEQUENCES = (
    *_cells((200, 24), (0.01, 0.5, 0.9, 0.99)),
    *_cells((32, 128), (0.5, 0.9)),
    *(
        Cell(
            f"200 sequences of 24 numbers; {alike:.0%} of the error common", partial(_error, alike)
        )
        for alike, draw in ((0.0, partial(_error, 0.0)), (0.5, partial(_error, 0.5)))
    ),
)
