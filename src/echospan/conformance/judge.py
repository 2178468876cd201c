"""The verdict of one check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.attempt import Refusal, attempt
from echospan.conformance.case import Case, Comparison, shrunk
from echospan.conformance.checks.base import Check
from echospan.conformance.checks.gradients import ThroughState
from echospan.conformance.scale import GRAIN, POWER, Scale, measure
from echospan.conformance.script import written
from echospan.results.conform import ConformCheck

OTHER_DRAWS = (1, 2)
"""Weights under which a small difference is looked at again: a fault may decay before it shows."""


@dataclass
class Judge:
    """Judges checks of one model.

    Attributes:
        model: The model.
        scale: What differences of its answers are measured against.
        drawn: Whether it runs with enlarged weights.
        not_promised: Reasons by name of check, for what is no fault.
        shown: The smallest case of each fault that was found, with its check.
    """

    model: StatefulModel
    scale: Scale
    drawn: bool
    not_promised: Mapping[str, str] = field(default_factory=dict)
    shown: dict[str, tuple[Check, Case]] = field(default_factory=dict)

    def row(self, check: Check) -> ConformCheck:
        """Run one check."""
        for part in check.parts:
            support = self.model.support(part)
            if support.verdict == "refused":
                return ConformCheck(check.name, "refuses", reason=support.reason)
        if isinstance(check, ThroughState) and "chunks" in self.shown:
            reason = "Chunks give other answers already, so that their gradient is another, too."
            return ConformCheck(check.name, "cannot_tell", reason=reason)
        scale = self._scale(check)
        if isinstance(scale, Refusal):
            return ConformCheck(check.name, "refuses", reason=scale.reason)
        worst, refused, cases = 0.0, [], 0
        powers: list[float] = []
        for case in check.cases(self.model):
            found = attempt(partial(check.compare, self.model, case))
            if isinstance(found, Refusal):
                if found.broken and not check.isolated:
                    return self._broken(check, case, found)
                refused.append((case, found.reason))
                continue
            cases += 1
            if self._is_fault(check, case, found, scale):
                return self._fault(check, case, found, scale)
            worst = max(worst, found.difference)
            power = attempt(partial(check.power, self.model, case, found.expected))
            if power is not None and not isinstance(power, Refusal):
                powers.append(power)
        # The best case shows most: a fault would show in it.
        power = max(powers) if powers else None
        row = ConformCheck(
            check.name,
            "pass",
            worst if cases else None,
            scale.tolerance,
            power,
            scale.spread,
            cases=cases,
        )
        if refused:
            case, reason = refused[0]
            total = cases + len(refused)
            which = "" if len(refused) == total else f"In {len(refused)} of {total} cases: "
            return replace(
                row, verdict="refuses", reason=f"{which}{reason}", smallest_case=case.to_dict()
            )
        if power is not None and power < POWER * scale.tolerance:
            return replace(
                row,
                verdict="cannot_tell",
                reason=f"A fault would move the answers by {power:.2g} only, with a tolerance of "
                f"{scale.tolerance:.2g}.",
            )
        return replace(row, verdict="pass" if worst <= scale.tolerance else "grain")

    def _scale(self, check: Check) -> Scale | Refusal:
        if not isinstance(check, ThroughState):
            return self.scale
        case = next(check.cases(self.model))
        return attempt(
            lambda: measure(self.model, lambda: check.compare(self.model, case).expected)
        )

    def _is_fault(self, check: Check, case: Case, found: Comparison, scale: Scale) -> bool:
        difference = found.difference
        if difference <= scale.tolerance:
            return False
        if difference > scale.grain:
            return True
        # Between rounding and fault: with a state that decays more slowly a fault grows.
        if not self.drawn:
            return False
        for seed in OTHER_DRAWS:
            with self.model.drawn(seed):
                again = attempt(lambda: check.compare(self.model, case))
            if isinstance(again, Refusal):
                continue
            if again.difference > GRAIN * float(np.std(again.expected)) + scale.tolerance:
                return True
        return False

    def _fault(self, check: Check, case: Case, found: Comparison, scale: Scale) -> ConformCheck:
        def fails(one: Case) -> bool:
            tried = attempt(lambda: check.compare(self.model, one))
            return not isinstance(tried, Refusal) and tried.difference > scale.grain

        smallest = shrunk(case, check.smaller, fails) if fails(case) else case
        small = attempt(lambda: check.compare(self.model, smallest))
        if isinstance(small, Refusal) or small.difference <= scale.tolerance:
            # Where a state lies in the model, what was called before changes the answers.
            smallest, small = case, found
        cause = attempt(lambda: check.cause(self.model, smallest, small))
        power = attempt(lambda: check.power(self.model, smallest, small.expected))
        row = ConformCheck(
            check.name,
            "fault",
            small.difference,
            scale.tolerance,
            None if isinstance(power, Refusal) else power,
            scale.spread,
            smallest.to_dict(),
            "" if isinstance(cause, Refusal) else cause,
            cases=1,
            script=written(self.model, check, smallest),
        )
        self.shown[check.name] = check, smallest
        return self._promised(row)

    def _broken(self, check: Check, case: Case, found: Refusal) -> ConformCheck:
        return self._promised(
            ConformCheck(
                check.name,
                "fault",
                float("inf"),
                self.scale.tolerance,
                None,
                self.scale.spread,
                case.to_dict(),
                f"The shape is wrong: {found.reason}.",
                cases=1,
                script=written(self.model, check, case, shapes=True),
            )
        )

    def with_own_weights(self, row: ConformCheck) -> ConformCheck:
        """Add the difference in the smallest case with the weights that the model now has."""
        if row.name not in self.shown:
            return row
        check, case = self.shown[row.name]
        found = attempt(lambda: check.compare(self.model, case))
        return row if isinstance(found, Refusal) else replace(row, own_weights=found.difference)

    def _promised(self, row: ConformCheck) -> ConformCheck:
        base = row.name.partition(":")[0]
        reason = self.not_promised.get(row.name) or self.not_promised.get(base)
        return replace(row, verdict="not_promised", reason=reason) if reason else row
