"""How far back the architecture can remember: `span` on a task of the model's own inputs."""

from __future__ import annotations

import time
from collections.abc import Callable

from echospan.adapters.adapt import adapt
from echospan.adapters.resolve import trainable_of
from echospan.adapters.support import NotCloneable, NotSupported
from echospan.doctor.examination import Examination
from echospan.doctor.probe_model import first, typed
from echospan.errors import EchospanError
from echospan.foreign import one_line
from echospan.observer import Observer
from echospan.results.diagnosis import Measured
from echospan.spans.api import measure_model
from echospan.spans.plan import make_plan

PROTOCOL = "quick-1"
"""The rules by which it is measured."""


def span_of(examination: Examination, *, observer: Observer, stop: Callable[[], bool]) -> Measured:
    """Train the architecture from new weights on the echo task, with as many symbols as x has.

    Returns:
        The span plus one, for a lag of n takes n + 1 steps; no number where the architecture can't
        be rebuilt for the task's inputs and outputs.
    """
    symbols, why = _symbols(examination)
    if symbols is None:
        return Measured(reason=why)
    sources = examination.data.sources
    began = time.perf_counter()
    try:
        adapter = adapt(
            examination.model,
            examination.data.structure.pack(typed(sources, first(sources, examination.rows))),
            own_weights=False,
            batch_first=examination.batch_first,
            outputs=[target.name for target in examination.data.targets],
            sequences=[source.sequence for source in sources],
            axes=[source.axes for source in sources],
        )
        plan = make_plan(PROTOCOL, symbols=symbols)
        model = trainable_of(adapter, plan.task, batch_size=plan.used.batch_size)
        sheet = measure_model(model, plan, started=began, observer=observer, stop=stop)
    except (NotCloneable, NotSupported, EchospanError) as error:
        told = one_line(str(error))[:200]
        return Measured(reason=f"the architecture can't be rebuilt for the task's inputs: {told}")
    how = f"Protocol {PROTOCOL}, the echo of {symbols} symbols."
    if sheet.span is not None:
        return Measured(sheet.span + 1, (sheet.span + 1, sheet.span + 1), detail=how)
    if sheet.span_at_least is not None and sheet.span_status == "at_least":
        return Measured(sheet.span_at_least + 1, (sheet.span_at_least + 1, None), detail=how)
    return Measured(reason=f"protocol {PROTOCOL} left it undecided")


def _symbols(examination: Examination) -> tuple[int | None, str]:
    """How many symbols the task must have, or why there is none."""
    if not examination.pairs.single:
        return None, "there are several inputs or outputs"
    pair, probed = examination.pairs.every[0], examination.probed
    if probed is None:
        return None, "the model could not be cloned"
    if not pair.layout.streams.symbols:
        return None, "the inputs are numbers, and the task of the protocol has symbols"
    shape = probed.shapes[pair.target.number]
    width = examination.facts.vocabulary if pair.call.integers else int(pair.call.x.shape[-1])
    if len(shape) < 3 or shape[1] != pair.call.timesteps:
        return None, "the model gives one answer a sample, and the task needs one at every step"
    if not width or shape[-1] != width:
        return (
            None,
            f"the model has {shape[-1]} outputs for {width} symbols, and the task needs as many",
        )
    return int(width), ""
