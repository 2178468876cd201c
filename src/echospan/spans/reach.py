"""How far back an answer depends on what was heard, and how far back learning can look."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.results.probes import Reach
from echospan.spans.subject import Subject


def reach(subject: Subject, weights: Any, lag: int, seed: int) -> Reach:
    """Look at one set of weights, as far as the question's sequences go.

    The loss is that of an answer at the last step; for the echo task one about the input `lag`
    steps before, and the sequences reach at least twice as far.
    """
    question = subject.question
    heard, targets, place, end = question.look(lag, seed)
    changed = heard.copy()
    changed[:, place] = question.changed(changed[:, place])
    apart = subject.scores(weights, changed) - subject.scores(weights, heard)
    forward = np.abs(apart[:, place : end + 1]).max(axis=(0, 2))
    norms = subject.gradient(weights, heard, targets)
    far = len(forward)
    backward = None if norms is None else norms[:, : end + 1][:, ::-1].mean(axis=0)[:far]
    return Reach(
        tuple(float(effect) for effect in forward),
        None if backward is None else tuple(float(norm) for norm in backward),
    )
