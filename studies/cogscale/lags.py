"""Which lag CogScale's tasks ask for: found from their data."""

from __future__ import annotations

from functools import partial

from studies.cogscale.data import load
from studies.measured import Measured
from studies.row import Row
from studies.tolerance import Exactly
from studies.work import Work


def lag_of(work: Work, *, task: str) -> Measured:
    """The one lag at which all scored targets are inputs."""
    data = load(task, 0).train
    scored = data.weight > 0
    symbols = data.x.argmax(axis=-1)
    steps = symbols.shape[1]
    fits = []
    for lag in range(steps):
        asked = scored[:, lag:]
        if scored[:, :lag].any() or not asked.any():
            continue
        if (symbols[:, : steps - lag][asked] == data.y[:, lag:][asked]).all():
            fits.append(lag)
    if len(fits) != 1:
        raise AssertionError(f"the lags {fits} fit")
    return Measured(fits[0], detail=f"{len(symbols):,} sequences, every scored step")


ROWS = (
    Row(
        "cogscale-echo-lag",
        "CogScale medium postcasting, delay 15: lag",
        Exactly(),
        partial(lag_of, task="discrete_postcasting"),
        needs="cogscale",
    ),
    Row(
        "cogscale-copy-lag",
        "CogScale medium copy, 50 items, delay 10: lag",
        Exactly(),
        partial(lag_of, task="simple_copy"),
        needs="cogscale",
    ),
)
