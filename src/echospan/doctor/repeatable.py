"""Whether the same input gives the same output twice; what compares outputs rests on it."""

from __future__ import annotations

import numpy as np

from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.results.check_report import Finding


def repeat_findings(examination: Examination) -> list[Finding]:
    """Look for randomness in evaluation mode; where there is some, outputs are not compared."""
    probed = examination.probed
    if probed is None:
        return []
    try:
        drawn = probed.adapter.randomness(probed.first_inputs())
    except Exception as error:
        examination.skip(f"whether outputs repeat ({type(error).__name__})")
        return []
    if not drawn:
        return []
    examination.compare_no_outputs("the same input gives another output each time")
    largest = max(drawn, key=lambda one: one.change)
    where = f", at {largest.where}" if largest.where else ""
    others = [one.what for one in drawn if one is not largest]
    also = ""
    if others:
        told, verb = " and ".join(others), "change" if len(others) > 1 else "changes"
        also = f" {told[0].upper()}{told[1:]} {verb} it as well."
    sampled = _reconstructs(examination)
    meaning = (
        "Sampling in an autoencoder is meant to do so."
        if sampled
        else "Predictions cannot be repeated, and the noise is there in evaluation, too."
    )
    return [
        find(
            "answer-not-repeatable",
            f"In evaluation mode the same input gives two outputs, apart by {largest.change:.2g}: "
            f"{largest.what} draws new numbers in each call{where}.{also} "
            f"{meaning}",
            severity="note" if sampled else "warning",
            remedy=largest.remedy,
            sources=[one.what for one in drawn],
            where=largest.where,
            change=largest.change,
        )
    ]


def _reconstructs(examination: Examination) -> bool:
    """Whether some target is an input, as in an autoencoder."""
    data = examination.data
    return any(
        source.values.shape == target.values.shape
        and bool(np.array_equal(source.values, target.values))
        for source in data.sources
        for target in data.targets
    )
