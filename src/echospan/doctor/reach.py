"""Which inputs can reach an answer, and which the gradient reaches: the reach map.

The probes run a clone with random weights on random inputs, so that neither the scale of the user's
data nor what the model has learned plays a part. A change of the answer, or a gradient other than
zero, proves reach. No change under every draw, in double precision, is strong evidence against it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from echospan.doctor.draws import differ
from echospan.doctor.fit_call import FitCall
from echospan.doctor.needs import Layout
from echospan.doctor.past import lags_to_probe, last_answer, long_enough
from echospan.doctor.probe_model import ProbedPair
from echospan.framings.plan import Plan
from echospan.results.check_report import Lag
from echospan.tasks.lag import MISSING

DRAWS = 3
"""Draws of weights and inputs without a change before something counts as unreachable."""


@dataclass(frozen=True)
class Probed:
    """What the probes of one model showed.

    Attributes:
        lags: The reach map.
        mixed: Another row of the batch that changes the answer of the probed row, if there is one.
        row: The probed row.
        future: A later time step that changes an earlier answer, and that answer's step.
        constant: Whether no input at all changed the answer.
        draws: Draws of weights.
        inside: Lags whose values stand in the probed answer's own sample.
        ahead: By how many steps answers were seen to hear the last time step in advance.
    """

    lags: tuple[Lag, ...]
    mixed: int | None
    row: int
    future: tuple[int, int] | None
    constant: bool
    draws: int
    inside: frozenset[int]
    ahead: frozenset[int] = frozenset()


def probe(
    call: FitCall, layout: Layout, model: ProbedPair, *, carried: bool, known: Plan | None = None
) -> Probed:
    """Run all probes of reach.

    Args:
        call: The call.
        layout: What the data say about time.
        model: A clone of the model.
        carried: Whether state really goes over from batch to batch here.
        known: The layout of an epoch, where it need not be found in the data.
    """
    scene = _Scene(call, layout, model, carried=carried, known=known)
    for draw in range(DRAWS):
        model.redraw(draw)
        scene.look(draw)
    return scene.probed()


class _Scene:
    """One answer in the middle of a batch, its past, and what was found about them so far."""

    def __init__(
        self,
        call: FitCall,
        layout: Layout,
        model: ProbedPair,
        *,
        carried: bool,
        known: Plan | None = None,
    ) -> None:
        self.call, self.model, self.carried, self.layout = call, model, carried, layout
        self.lags = lags_to_probe(call, layout.needs.lag)
        self.row = model.rows // 2
        place = None if known is None else last_answer(known, self.row)
        if known is not None and place is not None:
            self.update, self.answer = place
            self.plan = replace(
                known,
                inputs=known.inputs[: self.update + 1, : model.rows],
                targets=known.targets[: self.update + 1, : model.rows],
            )
        else:
            timeline = long_enough(call, layout, model.rows, self.lags[-1])
            updates = len(timeline.start) // model.rows
            self.plan = timeline.plan(model.rows, updates, every=call.every)
            self.update, self.answer = updates - 1, call.timesteps - 1 if call.every else 0
        target = int(self.plan.targets[self.update, self.row, self.answer])
        self.series, self.time = divmod(target, self.plan.target_steps)
        self.places = np.unique(self.plan.inputs[self.plan.inputs != MISSING])
        self.forward: dict[int, bool | None] = {}
        self.strength: dict[int, float] = {}
        self.mixed: int | None = None
        self.future: tuple[int, int] | None = None
        self.ahead: set[int] = set()
        self.changes = self.finite = False

    def look(self, draw: int) -> None:
        """Probe under one draw of weights; what is proved already is not probed again."""
        rng = np.random.default_rng(draw)
        values = self._values(rng)
        batches = self._batches(values)
        # With weights as drawn, an answer far from others would hide behind none.
        gradient = self.model.gradient(batches[-1], self.row, self.answer)
        if gradient is not None:
            self._from_gradient(gradient)
        outputs = self._answer(batches)
        self.finite |= bool(np.isfinite(outputs[self.row, self.answer]).all())
        for lag in self.lags:
            if not self.forward.get(lag):
                self.forward[lag] = self._changes(lag, values, batches, outputs, rng)
        if self.mixed is None:
            self._mixing(batches, outputs, rng)
        if self.call.every and not self._seen_ahead:
            self._future(batches, rng)

    def probed(self) -> Probed:
        """What was found."""
        strongest = max(self.strength.values(), default=0.0)
        lags = tuple(self._lag(lag, strongest) for lag in self.lags)
        inside = frozenset(lag for lag in self.lags if self._steps(lag).size)
        return Probed(
            lags,
            self.mixed,
            self.row,
            self.future,
            not self.changes and self.finite,
            DRAWS,
            inside,
            frozenset(self.ahead),
        )

    @property
    def _seen_ahead(self) -> bool:
        """Whether what there is to know of later inputs is known."""
        copy = self.layout.copy
        if copy is None or copy.lag >= 0:
            return self.future is not None
        return -copy.lag in self.ahead

    def _lag(self, lag: int, strongest: float) -> Lag:
        if not self.finite:
            # An answer that is no number under any draw: nothing is known.
            return Lag(lag, None, None, None)
        inside = bool(self._steps(lag).size)
        gradient: bool | None = False
        strength = None
        if inside and self.strength:
            strength = self.strength.get(lag, 0.0) / strongest if strongest else 0.0
            gradient = self.strength.get(lag, 0.0) > 0
        elif inside:
            # Integers that become vectors nowhere that is known.
            gradient = None
        return Lag(lag, self.forward.get(lag), gradient, strength)

    def _position(self, lag: int) -> int | None:
        """Where the value stands in its sequence; None before its beginning."""
        time = self.time - lag
        return None if time < 0 else self.series * self.plan.steps + time

    def _steps(self, lag: int) -> np.ndarray:
        """Time steps of the answer's own sample at which the value stands."""
        position = self._position(lag)
        if position is None:
            return np.zeros(0, int)
        return np.flatnonzero(self.plan.inputs[self.update, self.row] == position)

    def _values(self, rng: np.random.Generator) -> np.ndarray:
        return self.model.drawn(rng, (len(self.places), *self.call.x.shape[2:]))

    def _batches(self, values: np.ndarray) -> list[np.ndarray]:
        found = []
        for inputs in self.plan.inputs:
            batch = values[np.searchsorted(self.places, np.maximum(inputs, self.places[0]))]
            if (inputs == MISSING).any():
                batch[inputs == MISSING] = self._padding()
            found.append(batch)
        return found

    def _padding(self) -> float:
        from echospan.doctor.streams import absent_steps

        return absent_steps(np.asarray(self.call.x))[1] or 0.0

    def _answer(self, batches: list[np.ndarray]) -> np.ndarray:
        kept = batches if self.carried else batches[-1:]
        return self.model.replay(kept)[-1]

    def _from_gradient(self, gradient: np.ndarray) -> None:
        # Where an answer is not a number, its gradient says nothing.
        size = np.abs(np.nan_to_num(gradient, posinf=0.0, neginf=0.0))
        size = size.reshape(*gradient.shape[:2], -1).max(-1)
        self.changes |= bool(size.any())
        for lag in self.lags:
            steps = self._steps(lag)
            if steps.size:
                # That of the first draw: the others keep signals longer than usual weights do.
                first = self.strength.get(lag, 0.0)
                self.strength[lag] = first or float(size[self.row, steps].max())
                self.forward[lag] = self.forward.get(lag, False) or self.strength[lag] > 0
        others = np.flatnonzero(size.any(1))
        others = others[others != self.row]
        if self.mixed is None and others.size:
            self.mixed = int(others[0])

    def _changes(
        self,
        lag: int,
        values: np.ndarray,
        batches: list[np.ndarray],
        outputs: np.ndarray,
        rng: np.random.Generator,
    ) -> bool | None:
        if not self.carried and not self._steps(lag).size:
            return False
        position = self._position(lag)
        if position is None:
            return None
        place = int(np.searchsorted(self.places, position))
        if place == len(self.places) or self.places[place] != position:
            # No sample up to here holds it.
            return False
        changed = values.copy()
        changed[place] = self.model.another(values[place], rng)
        answer = self._answer(self._batches(changed))
        differs = bool(
            self._differ(outputs[self.row, self.answer], answer[self.row, self.answer]).any()
        )
        self.changes |= differs
        return differs

    def _differ(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return differ(first, second, self.model.precision)

    def _mixing(
        self, batches: list[np.ndarray], outputs: np.ndarray, rng: np.random.Generator
    ) -> None:
        if self.model.rows < 2:
            return
        for other in (0, self.model.rows - 1):
            if other == self.row:
                continue
            last = batches[-1].copy()
            last[other] = self.model.another(last[other], rng)
            found = self._answer([*batches[:-1], last])
            if self._differ(outputs[self.row], found[self.row]).any():
                self.mixed = other
                return

    def _future(self, batches: list[np.ndarray], rng: np.random.Generator) -> None:
        """Change the last time step, compare the answers before it."""
        steps = self.call.timesteps
        if steps < 2:
            return
        last = batches[-1].copy()
        last[self.row, steps - 1] = self.model.another(last[self.row, steps - 1], rng)
        before = self.model.replay(batches[-1:])[-1][self.row, : steps - 1]
        after = self.model.replay([last])[-1][self.row, : steps - 1]
        different = np.flatnonzero(self._differ(before, after).reshape(steps - 1, -1).any(1))
        if different.size:
            self.future = (steps - 1, int(different[-1]))
            self.ahead |= set((steps - 1 - different).tolist())
