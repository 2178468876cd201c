"""How many of the newest steps reach the answer: what samples and state hold, and what is seen."""

from __future__ import annotations

from dataclasses import dataclass

from echospan.doctor.examination import Examination
from echospan.doctor.pairs import Pair
from echospan.framings.arithmetic import sights
from echospan.report.values import plural
from echospan.results.diagnosis import Measured


@dataclass(frozen=True)
class Reached:
    """What reaches the answer.

    Attributes:
        measured: The newest steps that reach it.
        held: Newest steps without a gap that samples and carried state hold for the answer that
            has most; None where carried state holds all there is.
    """

    measured: Measured
    held: int | None


def reached(examination: Examination) -> Reached:
    """Read off a check that has run what reaches the answers."""
    pairs = examination.pairs
    if not pairs.single:
        why = "there are several inputs or outputs, and one of each can be measured"
        return Reached(Measured(reason=why), None)
    pair = pairs.every[0]
    fit = examination.own_fit
    carried = pair.call.carries and (fit is None or fit.fit)
    held = _held(pair, carried=carried)
    return Reached(_measured(pair, held), held)


def _held(pair: Pair, *, carried: bool) -> int | None:
    """Newest steps without a gap that the answers of the first batches can know."""
    plan = pair.rows.plan
    if plan.updates == 0:
        return pair.call.timesteps
    best, last = 0, plan.updates - 1
    for sight in sights(plan, carried=carried):
        lags = sight.inside | sight.inherited
        count = next(lag for lag in range(sight.step + 2) if lag not in lags)
        if carried and sight.update == last and count > sight.step and sight.inherited:
            # Nothing of its past is missing.
            return None
        best = max(best, count)
    return best


def _measured(pair: Pair, held: int | None) -> Measured:
    where = _where(pair, held)
    probed = pair.probed
    if probed is None or all(lag.forward is None for lag in probed.lags):
        if held is None:
            return Measured(reason="the model could not be run, and its state holds all that was")
        return Measured(held, (held, held), detail=f"{where} The model could not be run.")
    inside = [lag for lag in probed.lags if held is None or lag.lag < held]
    heard = [lag.lag for lag in inside if lag.forward]
    if not heard:
        return Measured(0, (0, 0), detail=f"{where} None of them changes the answer.")
    steps = max(heard) + 1
    beyond = [lag.lag for lag in inside if lag.lag >= steps and lag.forward is False]
    most = min(beyond) if beyond else held
    if most is not None and most > steps and not beyond:
        # Not all lags are probed: those between two of them are not known.
        most = held
    told = (
        "A change of the input there changes the answer, under random weights, up to lag "
        f"{steps - 1}."
    )
    return Measured(steps, (steps, most), detail=f"{where} {told}")


def _where(pair: Pair, held: int | None) -> str:
    if held is None:
        return "The state carries all of the past from batch to batch."
    sample = f"A sample has {plural(pair.call.timesteps, 'step')}"
    if pair.call.stateful and held <= pair.call.timesteps:
        return f"{sample}, and carried state brings none of those just before."
    return f"{sample}." if held <= pair.call.timesteps else f"{sample}; state brings up to {held}."
