"""One input with one output: what every probe looks at, and what several of them say together.

A model with one of each is a single pair. With several, each input is probed while the others stay
as they are, for each output.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from echospan.adapters.signals import Signal
from echospan.doctor.catalogue import Entry, entry
from echospan.doctor.data import data_findings
from echospan.doctor.finding import find
from echospan.doctor.fit_call import FitCall
from echospan.doctor.needs import Layout
from echospan.doctor.order import order_findings
from echospan.doctor.probe_model import ProbedPair
from echospan.doctor.reach import Probed, probe
from echospan.doctor.reached import reach_findings
from echospan.doctor.remedies import localise_remedy
from echospan.doctor.rows import Rows, sentences
from echospan.doctor.statistics import no_signal
from echospan.framings.plan import Plan
from echospan.results.check_report import Finding, Lag, Needs

MOST_PAIRS = 9
"""Pairs of an input and an output that are probed."""


@dataclass
class Pair:
    """An input and an output under examination.

    Attributes:
        source: The input.
        target: The output with its targets.
        model: A clone in which that input alone changes; None where none can be made.
        call: The call, as far as these two are concerned.
        layout: What their data say about time.
        rows: The arithmetic of their batches.
        probed: What the probes showed.
    """

    source: Signal
    target: Signal
    model: ProbedPair | None
    call: FitCall
    layout: Layout
    rows: Rows
    probed: Probed | None = field(default=None)

    @property
    def title(self) -> str:
        """The two by name, as far as they have one."""
        named = (("input", self.source.name), ("output", self.target.name))
        told = ", ".join(f"{kind} {name!r}" for kind, name in named if name)
        return told[:1].upper() + told[1:]


@dataclass
class Pairs:
    """All pairs of a model, and what they say together.

    Attributes:
        every: One entry for each input with a time axis and each output.
        sources: All inputs, those without a time axis too.
        targets: All outputs.
    """

    every: list[Pair]
    sources: Sequence[Signal]
    targets: Sequence[Signal]

    @property
    def single(self) -> bool:
        """Whether the model has one input and one output."""
        return len(self.sources) == len(self.targets) == 1

    def probe(self, *, carried: bool, known: Plan | None = None) -> None:
        """Run the probes of reach of every pair.

        Args:
            carried: Whether state really goes over from batch to batch here.
            known: The layout of an epoch, where it need not be found in the data.
        """
        for pair in self.every[:MOST_PAIRS]:
            assert pair.model is not None
            pair.probed = probe(pair.call, pair.layout, pair.model, carried=carried, known=known)

    def unprobed(self) -> list[str]:
        """What was left out, and why."""
        left = len(self.every) - MOST_PAIRS
        if left <= 0:
            return []
        return [f"reach of {left} more pairs of input and output: probes stop at {MOST_PAIRS}"]

    def context(self, pair: Pair) -> bool:
        """Whether an input is read as a whole, beside another that is read step by step.

        That is what an encoder's input is to a decoder: the two have no time in common.
        """
        return _whole(pair) and any(
            not _whole(other) for other in self.every if other.target is pair.target
        )

    def telling(self) -> list[Pair]:
        """For each output the pair whose input its answers are about.

        That is the input which the targets copy, or else the one that shares information with
        them, or else the longest.
        """
        found = []
        for target in self.targets:
            own = [p for p in self.every if p.target is target and not self.context(p)]
            found.append(max(own, key=_tells))
        return found

    def findings(self, *, planned: bool = False, constant: bool = True) -> list[Finding]:
        """What order, data and probes say of all of them.

        Args:
            planned: Whether echospan's own framing made the samples, so that the targets' place
                needs no check.
            constant: Whether an output that no input changes is told; its reason may be known.
        """
        telling, found = self.telling(), list[Finding]()
        for pair in self.every:
            main = any(pair is other for other in telling)
            own = order_findings(pair.call, pair.layout, pair.rows) if main else []
            own += [
                finding
                for finding in data_findings(pair.call, pair.layout)
                if self._is_told(entry(finding.code), pair, main=main)
                and (entry(finding.code).planned or not planned)
            ]
            if pair.probed is not None:
                own += self._reached(pair, main=main, constant=constant)
            found += [self.named(finding, pair) for finding in own]
        for pair in telling:
            found += [self.named(finding, pair) for finding in self._silent(pair)]
        return [*found, *(self._ignored() if constant else [])]

    def _is_told(self, about: Entry, pair: Pair, *, main: bool) -> bool:
        """Whether a finding is reported of a pair; `main` where its answers are about the input."""
        return main or about.about == "input" or (about.any_input and not self.context(pair))

    def _reached(self, pair: Pair, *, main: bool, constant: bool) -> list[Finding]:
        assert pair.probed is not None
        probed = pair.probed
        if not main:
            # What another input may need of it is not known: it only must not do harm.
            needs = replace(pair.layout.needs, lag=None)
            layout = replace(pair.layout, needs=needs)
        else:
            layout = pair.layout
        if self.context(pair):
            probed = replace(probed, future=None)
        if not self.single:
            probed = replace(probed, constant=probed.constant and self.constant(pair.target))
        return reach_findings(pair.call, layout, probed, constant=constant)

    def constant(self, target: Signal) -> bool:
        """Whether no input at all changes an output."""
        own = [pair for pair in self.every if pair.target is target]
        return len(own) == len(self.sources) and all(
            pair.probed is not None and pair.probed.constant for pair in own
        )

    def _ignored(self) -> list[Finding]:
        """Inputs that change no output, where others do."""
        found = []
        for source in self.sources:
            own = [pair for pair in self.every if pair.source is source]
            seen = [pair.probed for pair in own if pair.probed is not None]
            if self.single or not seen or len(seen) < len(own):
                continue
            if all(probed.constant for probed in seen) and not all(
                self.constant(target) for target in self.targets
            ):
                found.append(
                    find(
                        "output-constant",
                        f"Input {source.name!r} does not change any output, with any random "
                        "weights tried: the model drops it.",
                        severity="warning",
                        input=source.name,
                        draws=seen[0].draws,
                    )
                )
        return found

    def _silent(self, pair: Pair) -> list[Finding]:
        """No signal; of several inputs nothing is said, for a relation may lie between them."""
        return [] if len(self.sources) > 1 else no_signal(pair.call, pair.layout)

    def named(self, finding: Finding, pair: Pair) -> Finding:
        """The finding with the names of input and output, where there are several."""
        code = finding.code
        remedy = localise_remedy(
            code, finding.remedy, (pair.source, pair.target), self.sources, self.targets
        )
        about = entry(code).about
        if about == "call":
            return replace(finding, remedy=remedy)
        names = {"input": pair.source.name, "output": pair.target.name}
        title = pair.title
        if about == "input" and pair.source.name:
            title, names = f"Input {pair.source.name!r}", {"input": pair.source.name}
        told = f"{title}: {finding.message}" if title else finding.message
        evidence = {**finding.evidence, **{kind: name for kind, name in names.items() if name}}
        return replace(finding, message=told, evidence=evidence, remedy=remedy)

    def lags(self) -> tuple[Lag, ...]:
        """The reach map: of each pair, one entry a lag."""
        telling = self.telling()
        return tuple(
            replace(
                lag,
                input=pair.source.name,
                output=pair.target.name,
                needed=lag.lag == pair.layout.needs.lag and any(pair is own for own in telling),
            )
            for pair in self.every
            if pair.probed is not None
            for lag in pair.probed.lags
        )

    def needs(self) -> Needs:
        """The lag that is needed; of several outputs the first's that needs one, told with all."""
        telling = self.telling()
        needs = [pair.layout.needs for pair in telling]
        first = next((need for need in needs if need.lag is not None), needs[0])
        if self.single:
            return first
        told = [f"{pair.title}: {pair.layout.needs.detail}" for pair in telling]
        return replace(first, detail="; ".join(told))

    def sentences(self) -> tuple[str, ...]:
        """The arithmetic of the rows, in sentences."""
        found = []
        for pair in self.telling():
            title = f"{pair.title}: " if pair.title else ""
            found += [title + line for line in sentences(pair.call, pair.layout, pair.rows)]
        return tuple(found)


def _whole(pair: Pair) -> bool:
    """Whether the answers need not come in the input's own time: each hears all of it."""
    if pair.probed is None:
        return False
    return not pair.call.every or pair.probed.future is not None


def _tells(pair: Pair) -> tuple[int, float, int]:
    copy, needs = pair.layout.copy, pair.layout.needs
    if copy is not None and copy.lag >= 0:
        return 3 if copy.lag == needs.lag else 2, copy.score, 0
    return int(needs.how == "information"), 0, pair.call.timesteps
