"""What a check takes, told before a clone of the model is made."""

from __future__ import annotations

import math

from echospan.doctor.examination import MOST_PARAMETERS, Examination
from echospan.limits import require_memory

CLONES = 6
"""Arrays of doubles as large as the weights: two clones, gradients, and what is compared."""

BATCHES = 4
"""Copies of a batch in doubles."""


def require_room(examination: Examination) -> None:
    """Refuse a check whose clones and batches would not fit into memory.

    Raises:
        OutOfMemory: Has the estimate and what is free.
    """
    data, known = examination.data, examination.facts
    rows = max(examination.rows, min(examination.batch_size, data.looked_at))
    numbers = sum(math.prod(source.values.shape[1:]) for source in data.sources)
    parameters, inside = known.parameters, 0
    if known.framework == "keras":
        from echospan.engine.room import room_of

        one = data.structure.pack([source.values[:1] for source in data.sources])
        room = room_of(examination.model, one)
        parameters, inside = max(parameters, room.parameters), room.row
    if known.framework == "jax":
        from echospan.adapters.jax.pair import bytes_of

        parameters = max(parameters, bytes_of(examination.model[0]) // 4)
    # No clone is made of a model that is known to be large.
    clones = 0 if known.parameters > MOST_PARAMETERS else CLONES
    require_memory(
        8 * (clones * parameters + rows * (BATCHES * numbers + 2 * inside)),
        f"Checking this model on batches of {rows:,} samples",
    )
