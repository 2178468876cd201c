"""`echospan.check_torch`: what stands in the way of a torch module, before it is trained."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.doctor.asked import Asked, ResetState, check_numbers
from echospan.doctor.needs import layout
from echospan.doctor.padding import mask_findings, unread
from echospan.doctor.pairs import Pair, Pairs
from echospan.doctor.ports import Port, parts
from echospan.doctor.reach import DRAWS
from echospan.doctor.rows import rows
from echospan.doctor.splits import split_findings
from echospan.doctor.torch_modules.calling import Calling
from echospan.doctor.torch_modules.clone import NotCloneable, clone
from echospan.doctor.torch_modules.copying import Copy
from echospan.doctor.torch_modules.data import Data, array, check_channels, read
from echospan.doctor.torch_modules.loss import ROWS, loss_findings
from echospan.doctor.torch_modules.machine import TorchMachine
from echospan.doctor.torch_modules.memory import memory_findings
from echospan.doctor.torch_modules.remedies import in_words_of
from echospan.doctor.verdict import in_order
from echospan.doctor.versions import versions
from echospan.errors import ConfigError
from echospan.report.objects import CheckReport
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    import torch

MOST_PARAMETERS = 20_000_000
"""Beyond this many weights only what needs no run is checked."""

RECURRENT = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")


def check_torch(
    model: torch.nn.Module,
    x: Any,
    y: Any = None,
    *,
    loss: Callable[..., Any] | None = None,
    batch_size: int | None = None,
    shuffle: bool | None = None,
    reset_state: ResetState = "batch",
    needs_lag: int | None = None,
    stride: int | None = None,
    validation_data: tuple[Any, ...] | None = None,
    batch_first: bool = True,
) -> CheckReport:
    """Say why a torch module cannot learn what it is asked, where that can be known beforehand.

    The module is neither trained nor run; probes run on a copy with weights of its own. Random
    generators are left as they were. A hand-written loop is looked at with `watch_torch`.

    Args:
        model: A module whose ``forward(x)`` gives outputs, or whose ``forward(x, state)`` gives
            (outputs, state).
        x: Inputs (samples, time, features), or integers (samples, time); or a data loader. Several
            inputs are a tuple, given to ``forward`` in order, or a dictionary, given by name; those
            without a time axis, (samples, features), are held fixed. Of a loader's batches the
            last part is the target, or the one that a dictionary calls ``y`` or ``labels``.
        y: Targets (samples, ...), for several outputs a tuple or dictionary; left out with a
            loader.
        loss: The loss function ``loss(outputs, targets)``, if its shapes are to be checked.
        batch_size: Samples in one update; left out, the loader's, or 32.
        shuffle: Whether samples come in random order; left out, what the loader does, or False.
        reset_state: When the loop sets the state to zero: before each "batch", before each "epoch",
            or "never". With the latter two, row j of a batch goes on from row j of the one before.
        needs_lag: Steps between a value and the answer that needs it. Left out, it is looked for in
            the data.
        stride: Steps by which each sample is moved on from the one before, if samples are windows.
        validation_data: (x, y), to look for windows that share steps with training.
        batch_first: Whether the module is given (batch, time, ...), or else (time, batch, ...).

    Returns:
        The report: findings in the order in which they matter, the reach map, what was looked at.

    Raises:
        ConfigError: A setting cannot be used, or it is no module.
        DataError: The data cannot be used: shapes, types, values that are not finite.
    """
    import torch

    started = time.perf_counter()
    if not isinstance(model, torch.nn.Module):
        raise ConfigError("model", "a torch.nn.Module", type(model).__name__)
    check_numbers(batch_size, reset_state, needs_lag, stride)
    data = read(x, y, batch_first=batch_first)
    check_channels(model, data.sources)
    validation = _validation(validation_data, data.sources)
    size = min(batch_size or data.batch_size or 32, data.samples)
    findings: list[Finding] = []
    skipped: list[str] = []
    copied = _copy(model, data, min(size, 4) if reset_state == "batch" else size, batch_first)
    if isinstance(copied, str):
        skipped.append(copied)
    common = {
        "samples": data.samples,
        "batch_size": size,
        "shuffle": bool(data.shuffle if shuffle is None else shuffle),
        "reset_state": reset_state,
        "stateful": reset_state != "batch",
        "recurrent": any(type(module).__name__ in RECURRENT for module in model.modules()),
        "needs_lag": needs_lag,
        "stride": stride,
    }
    pairs = Pairs(
        [
            _pair(source, target, copied, common)
            for source in data.sources
            if source.sequence
            for target in data.targets
        ],
        data.sources,
        data.targets,
    )
    probed = False
    if not isinstance(copied, str):
        try:
            pairs.probe(carried=pairs.every[0].asked.carries)
            probed = True
        except NotCloneable as error:
            skipped.append(f"everything that runs the module: {error}")
    findings += pairs.findings()
    for pair in pairs.every:
        if pair.target is data.targets[0]:
            own = mask_findings(pair.asked, None)
            if own and probed and pair.machine is not None:
                own = own if not unread(pair.machine, pair.source.values) else []
            if validation is not None:
                own += split_findings(pair.source.values, validation[pair.source.number])
            findings += [pairs.named(finding, pair) for finding in own]
    if not isinstance(copied, str) and probed:
        skipped += pairs.unprobed()
        machine = pairs.every[0].machine
        assert isinstance(machine, TorchMachine)
        findings += memory_findings(machine, pairs.every[0].asked)
    if loss is not None and len(data.targets) == 1:
        tried = _copy(model, data, min(ROWS, data.looked), batch_first)
        if not isinstance(tried, str) and tried.rows > 1:
            findings += loss_findings(tried, loss, data.targets[0])
    elif loss is not None:
        skipped.append("the shapes that the loss meets: there are several outputs")
    updates = pairs.every[0].rows.plan.updates
    looked = [
        f"{'all' if data.looked == data.samples else f'the first {data.looked:,} of'} "
        f"{data.samples:,} samples of {data.how}, the order of the first {updates} "
        f"batches of {size}"
    ]
    looked += [
        f"input {source.name!r} has no time axis and is held fixed"
        for source in data.sources
        if not source.sequence
    ]
    if probed and not isinstance(copied, str):
        precision = "double" if copied.precision == "float64" else "single"
        looked.append(f"{DRAWS} draws of weights on a copy, in {precision} precision")
    return CheckReport(
        findings=in_order(in_words_of("torch", finding) for finding in findings),
        reach=pairs.lags(),
        needs_lag=pairs.needs(),
        rows=pairs.sentences(),
        looked=tuple(looked),
        skipped=tuple(skipped),
        versions={**versions(), "backend": "torch"},
        seconds=round(time.perf_counter() - started, 3),
    )


def _copy(model: torch.nn.Module, data: Data, row_count: int, batch_first: bool) -> Copy | str:
    """A copy to probe, or the reason why there is none."""
    parameters = sum(parameter.numel() for parameter in model.parameters())
    if parameters > MOST_PARAMETERS:
        return (
            f"everything that runs the module: it has {parameters:,} weights, and probes stop at "
            f"{MOST_PARAMETERS:,}"
        )
    calling = Calling(model, data.sources, data.targets, named=data.named)
    reason = ""
    for precision in ("float64", "float32"):
        try:
            copied = Copy(
                clone(model, precision),
                data.sources,
                calling,
                row_count,
                precision,
                batch_first=batch_first,
                vocabulary=_vocabulary(model),
            )
            copied.run([copied.around(0, copied.chosen())])
        except NotCloneable as error:
            reason = reason or str(error)
        else:
            return copied
    return f"everything that runs the module: {reason}"


def _vocabulary(model: torch.nn.Module) -> int | None:
    import torch

    sizes = [m.num_embeddings for m in model.modules() if isinstance(m, torch.nn.Embedding)]
    return min(sizes, default=None)


def _pair(source: Port, target: Port, copied: Copy | str, common: dict[str, Any]) -> Pair:
    machine = None
    steps, y = int(source.values.shape[1]), target.values
    answers = steps if y.ndim >= 2 and y.shape[1] == steps > 1 else 1
    if not isinstance(copied, str):
        machine = TorchMachine(copied, source.number, target.number)
        answers = machine.replay([copied.chosen(source.number)])[0].shape[1]
    asked = Asked(
        x=source.values,
        y=y,
        every=answers == steps > 1,
        integers=source.integers,
        **common,
    )
    found = layout(asked)
    return Pair(source, target, machine, asked, found, rows(asked, found))


def _validation(given: Any, sources: list[Port]) -> list[np.ndarray] | None:
    """The inputs to validate on, in the order of those to train on."""
    if given is None:
        return None
    named = None if isinstance(given[0], list) else parts("validation_data[0]", given[0])
    named = named or [("", "validation_data", given[0])]
    if len(named) != len(sources):
        raise ConfigError(
            "validation_data", f"as many inputs as x, {len(sources)}", f"{len(named)} inputs"
        )
    return [array(place, value) for _, place, value in named]
