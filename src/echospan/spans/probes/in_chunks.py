"""Whether a user's own model gives the same answers in chunks: one of the checks of `conform`."""

from __future__ import annotations

from echospan.adapters.trainable import TrainableModel
from echospan.conformance.examine import examine
from echospan.errors import EchospanError
from echospan.results.probes import Check


def in_chunks(model: TrainableModel) -> Check | None:
    """Run it on chunks of many lengths; None for a model without a state of its own.

    It runs in float64 and with enlarged weights, so that a lost state shows: the weights that were
    trained say how much is remembered, not whether it is carried.
    """
    try:
        stateful = model.stateful()
        if stateful is None:
            return None
        found = examine(stateful, names=("chunks",)).checks[0]
    except EchospanError as error:
        return Check(None, str(error))
    if found.verdict == "fault":
        case = found.smallest_case
        return Check(
            False,
            f"Chunks {case['cuts']} of a batch of {case['batch']} and one call: outputs differ by "
            f"{found.difference:.1e}. {found.cause} `echospan conform` shows more.",
        )
    if not found.passed or found.power is None:
        return Check(None, found.reason)
    return Check(
        True,
        f"Chunks of {found.cases} kinds and one call: outputs differ by {found.difference:.1e}, "
        f"where a lost state would cost {found.power:.1e}.",
    )
