"""How many bits the answers prove that a state held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from echospan.results.data import Data

Standing = Literal["at-bound", "plateau", "falls", "open", "not-reached"]
"""How the bits that were held stand to the size of the state. at-bound: no state of that size could
hold what the first failed lag asks for. plateau: they stayed while the task asked for more. falls:
they fell, which no limit of size explains. open: none of these. not-reached: no lag failed."""

SOME, TWICE = 1.4, 1.9
"""A plateau is seen where at least two failed lags ask for so many times what was held, and one of
them for so many times."""

STAYS, AT_WORST = 0.75, 0.5
"""Shares of the most that was held which are still held there: by the median and the worst seed."""

BITS_PER_PARAMETER, NUMBERS_PER_UNIT = 5, 1
"""What recurrent networks were measured to store: bits of a task per weight; numbers of their input
per hidden unit (Collins, Sohl-Dickstein & Sussillo 2017)."""


@dataclass(frozen=True)
class Held(Data):
    """What answers at one lag prove.

    Attributes:
        lag: Steps back.
        needed: Bits that must be held to answer everything.
        bits: Held by the median seed, at least.
        over_seeds: Held by the seed that held the least, and by the one that held the most.
        converged: Whether every seed's loss had stopped falling.
        solved: Whether the lag is solved.
    """

    lag: int
    needed: float
    bits: float
    over_seeds: tuple[float, float]
    converged: bool
    solved: bool


@dataclass(frozen=True)
class Capacity(Data):
    """How many bits a model was seen to hold.

    Attributes:
        held: What answers prove at each lag, in rising order; at least one.
        of_state: Bits that its state can hold; None where not known.
    """

    computed: ClassVar[tuple[str, ...]] = ("standing", "most", "most_at")

    held: tuple[Held, ...]
    of_state: float | None

    @property
    def fullest(self) -> Held:
        """The lag at which the median seed held the most."""
        return max(self.held, key=lambda one: one.bits)

    @property
    def most(self) -> float:
        """Bits that the median seed held there."""
        return self.fullest.bits

    @property
    def most_at(self) -> int:
        """That lag."""
        return self.fullest.lag

    @property
    def failed(self) -> Held | None:
        """The smallest lag that was not solved."""
        return next((one for one in self.held if not one.solved), None)

    @property
    def beyond(self) -> tuple[Held, ...]:
        """Lags that failed and ask for clearly more than was ever held."""
        most = self.most
        return tuple(h for h in self.held if not h.solved and h.needed >= SOME * most)

    @property
    def standing(self) -> Standing:
        """How what was held stands to what can be."""
        failed = self.failed
        if failed is None:
            return "not-reached"
        if self.of_state is not None and failed.needed > self.of_state:
            return "at-bound"
        if self._stays():
            return "plateau"
        beyond = self.beyond
        return "falls" if beyond and beyond[-1].bits < AT_WORST * self.most else "open"

    def _stays(self) -> bool:
        most, beyond = self.most, self.beyond
        if not most or len(beyond) < 2 or beyond[-1].needed < TWICE * most:
            return False
        return all(
            one.converged and one.bits >= STAYS * most and one.over_seeds[0] >= AT_WORST * most
            for one in beyond
        )
