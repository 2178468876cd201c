"""Whether samples come in batches of the size that a model is built for."""

from __future__ import annotations

from echospan.doctor.finding import find
from echospan.doctor.keras_models.facts import Facts
from echospan.results.check_report import Finding


def batch_findings(
    facts: Facts, *, batch_size: int, samples: int, predict_batch_size: int | None
) -> list[Finding]:
    """Whether the samples are whole batches of the size that the model is built for."""
    built = facts.batch_size
    if not facts.stateful and built is None:
        return []
    size, found = built or batch_size, []
    if batch_size != size:
        found.append(
            find(
                "batch-size-mismatch",
                f"The model is built for batches of {size}; batch_size is {batch_size}.",
                remedy=f"batch_size={size}",
                built=size,
                given=batch_size,
            )
        )
    elif samples % size:
        found.append(
            find(
                "batch-size-mismatch",
                f"{samples:,} samples make {samples // size} batches of {size} and "
                f"{samples % size} left over, for which the model has no state.",
                remedy=f"x, y = x[: len(x) // {size} * {size}], y[: len(y) // {size} * {size}]",
                built=size,
                samples=samples,
                left_over=samples % size,
            )
        )
    if predict_batch_size not in (None, size):
        found.append(
            find(
                "batch-size-mismatch",
                f"Predictions with batches of {predict_batch_size} do not fit a model "
                f"built for {size}.",
                remedy="# the same layers with batch_shape=(1, ...), then\n"
                "single.set_weights(model.get_weights())",
                built=size,
                predict=predict_batch_size,
            )
        )
    return found
