"""How many bits the answers prove that a state held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Standing = Literal["at-bound", "plateau", "falls", "open", "not-reached"]
"""No state of its size could hold what the first lag that failed asks for; what was held stayed
while more was asked; it fell, which no limit of size explains, for a state of that size has held
more; none of these was seen; no lag failed."""

SOME, TWICE = 1.4, 1.9
"""A plateau is seen where at least two failed lags ask for so many times what was held, and one of
them for so many times."""

STAYS, AT_WORST = 0.75, 0.5
"""Shares of the most that was held which are still held there: by the median and the worst seed."""

BITS_PER_PARAMETER, NUMBERS_PER_UNIT = 5, 1
"""What recurrent networks were measured to store: of a task, in their weights; of what they have
heard, in a hidden unit (Collins, Sohl-Dickstein & Sussillo 2017)."""


@dataclass(frozen=True)
class Held:
    """What answers at one lag prove.

    Attributes:
        lag: Steps back.
        needed: Bits that must be held to answer everything.
        bits: Held by the median seed, at least.
        lowest: By the seed that held the least.
        highest: By the seed that held the most.
        solved: Whether the lag is.
        converged: Whether every seed's loss had stopped falling.
    """

    lag: int
    needed: float
    bits: float
    lowest: float
    highest: float
    solved: bool
    converged: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "lag": self.lag,
            "needed": self.needed,
            "bits": self.bits,
            "over_seeds": [self.lowest, self.highest],
            "converged": self.converged,
        }


@dataclass(frozen=True)
class Capacity:
    """What a model was seen to hold.

    Attributes:
        held: By lag, in rising order.
        of_state: What its state can hold; None where not known.
    """

    held: tuple[Held, ...]
    of_state: float | None

    @property
    def most(self) -> Held:
        """The lag at which the median seed held the most."""
        return max(self.held, key=lambda one: one.bits)

    @property
    def failed(self) -> Held | None:
        """The smallest lag that was not solved."""
        return next((one for one in self.held if not one.solved), None)

    @property
    def beyond(self) -> tuple[Held, ...]:
        """Lags that failed and ask for clearly more than was ever held."""
        most = self.most.bits
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
        return "falls" if beyond and beyond[-1].bits < AT_WORST * self.most.bits else "open"

    def _stays(self) -> bool:
        most, beyond = self.most.bits, self.beyond
        if not most or len(beyond) < 2 or beyond[-1].needed < TWICE * most:
            return False
        return all(
            one.converged and one.bits >= STAYS * most and one.lowest >= AT_WORST * most
            for one in beyond
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "standing": self.standing,
            "most": self.most.bits,
            "most_at": self.most.lag,
            "of_state": self.of_state,
            "held": [one.to_dict() for one in self.held],
        }
