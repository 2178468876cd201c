"""Whether samples come in batches of the size that a model is built for."""

from __future__ import annotations

from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.results.check_report import Finding


def batch_findings(examination: Examination) -> list[Finding]:
    """Whether the samples are whole batches of the size that the model is built for."""
    built, batch_size = examination.facts.batch_size, examination.batch_size
    samples, predict = examination.data.samples, examination.predict_batch_size
    if examination.facts.framework != "keras" or not (examination.facts.stateful or built):
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
                f"{samples:,} samples fill {samples // size} batches of {size}; {samples % size} "
                "are left over, and the model needs full batches.",
                remedy=f"x, y = x[: len(x) // {size} * {size}], y[: len(y) // {size} * {size}]",
                built=size,
                samples=samples,
                left_over=samples % size,
            )
        )
    if predict not in (None, size):
        found.append(
            find(
                "batch-size-mismatch",
                f"Predicting with batches of {predict} does not fit a model built for {size}.",
                remedy="# the same layers with batch_shape=(1, ...), then\n"
                "single.set_weights(model.get_weights())",
                built=size,
                predict=predict,
            )
        )
    pairs = examination.pairs
    return [pairs.named(finding, pairs.telling()[0]) for finding in found]
