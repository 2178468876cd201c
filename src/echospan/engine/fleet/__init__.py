"""Many training runs at once: seeds, learning rates, variants.

A `Member` is one run: a trainer, where to start, how far to go, and whom to tell. A `Fleet` trains
members and gives each back as soon as it ends:

    fleet = best_fleet()
    for ended in fleet.run(members):
        ended.index, ended.values, ended.error

A learning rate is one of the values that a run starts with, so that a ladder of rates needs no
program of its own: members that share a trainer share its program.
"""

from echospan.engine.fleet.base import Finished, Fleet, Member, Validation
from echospan.engine.fleet.threaded import ThreadedFleet
from echospan.engine.fleet.vectorised import VectorisedFleet

__all__ = [
    "Finished",
    "Fleet",
    "Member",
    "ThreadedFleet",
    "Validation",
    "VectorisedFleet",
    "best_fleet",
]


def best_fleet() -> Fleet:
    """What measured best here: one program a core on a CPU, one vectorised program elsewhere."""
    import jax

    return ThreadedFleet() if jax.default_backend() == "cpu" else VectorisedFleet()
