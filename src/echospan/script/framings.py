"""Framings as code: how sequences become samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from echospan.errors import ConfigError
from echospan.experiment import Experiment
from echospan.framings import Framing, PerStep, Prefix, Sequence, Stream, Whole, Window
from echospan.script.pieces import Constant, source
from echospan.script.tasks import TaskCode


@dataclass(frozen=True)
class FramingCode:
    """A framing as code.

    Attributes:
        text: What a sample is, in a sentence or two.
        constants: Its settings.
        code: Defines `frame`.
        timesteps: Time steps in one sample, where every one has as many.
        abreast: Whether new sequences can be framed together: no row holds several of them.
    """

    text: str
    code: str
    constants: tuple[Constant, ...] = ()
    timesteps: str = "LENGTH"
    abreast: bool = True


PADDED = '''
def frame(values):
    """<what>: inputs (samples, <length>), targets (samples,)."""
    inputs, targets = [], []
    for sequence, answers in zip(values, targets_of(values)):
        padded = np.concatenate([np.full(<length> - 1, -1), sequence])
        for now in range(len(sequence)):
            inputs.append(padded[now : now + <length>])
            targets.append(answers[now])
    return np.array(inputs), np.array(targets)
'''


def _window(framing: Window, experiment: Experiment, task: TaskCode) -> FramingCode:
    size = Constant("WINDOW", str(framing.window), "time steps in one sample")
    if framing.keep_missing:
        return FramingCode(
            "Each sample is a step's value and those before it. Values before the start of the "
            "sequence are missing: they are marked -1.",
            source(PADDED, what="One window for each step", length="WINDOW"),
            (size,),
            "WINDOW",
        )
    inside = framing.window >= (experiment.task.reach or 0)
    cut = '''
    def frame(values):
        """Cut sequences into windows: inputs (samples, WINDOW), targets (samples,)."""
        inputs, targets = [], []
        for sequence, answers in zip(values, targets_of(values)):
            for now in range(<first>, len(sequence)):
                inputs.append(sequence[now - WINDOW + 1 : now + 1])
                targets.append(answers[now])
        return np.array(inputs), np.array(targets)
    '''
    return FramingCode(
        "Each sample is the last WINDOW values; the target is that of the newest of them. The "
        "first steps, which have no full window or no target, are dropped.",
        source(cut, first="WINDOW" if inside else task.reach),
        (size,),
        "WINDOW",
    )


def _prefix(framing: Prefix, experiment: Experiment, task: TaskCode) -> FramingCode:
    return FramingCode(
        "Each sample is the whole sequence so far, with -1 in front of it up to a fixed length.",
        source(PADDED, what="One prefix for each step", length=_steps(experiment)),
    )


def _sequence(framing: Framing, experiment: Experiment, task: TaskCode) -> FramingCode:
    code = '''
    def frame(values):
        """Whole sequences: inputs (sequences, time), targets (sequences, time)."""
        return values, targets_of(values)
    '''
    return FramingCode(
        "Each sample is a whole sequence, with a target at every time step.", source(code)
    )


def _whole(framing: Whole, experiment: Experiment, task: TaskCode) -> FramingCode:
    code = '''
    def frame(values):
        """Whole sequences: inputs (sequences, time), targets (sequences, answers)."""
        return values, targets_of(values)
    '''
    return FramingCode(
        "Each sample is a whole sequence. The answers are written after it was read.",
        source(code),
    )


def _per_step(framing: PerStep, experiment: Experiment, task: TaskCode) -> FramingCode:
    through_time = framing.gradient == "sequence"
    if framing.rows == "aligned":
        if through_time:
            return _sequence(framing, experiment, task)
        code = '''
        def frame(values):
            """One value per sample: inputs (samples, 1), targets (samples,)."""
            return values.T.reshape(-1, 1), targets_of(values).T.reshape(-1)
        '''
        text = (
            "Each sample is one time step. The sequences lie side by side: each row of a batch "
            "belongs to one sequence, and so does the state that the row carries."
        )
        return FramingCode(text, source(code), timesteps="1")
    # Without a batch size each sample is a row of its own.
    joined = "reshape(-1, BATCH_SIZE).T" if experiment.training.batch_size else "reshape(-1, 1)"
    code = '''
    def frame(values):
        """<what>"""
        targets = targets_of(values)
        <drop>
        return values.<inputs>, targets.<targets>
    '''
    what = "One value per sample: inputs (samples, 1), targets (samples,)."
    text = "Each sample is one time step: its past is not in it."
    if through_time:
        what = "All batches laid end to end, row by row: inputs and targets (rows, time)."
        text += " The batches of an epoch are joined, so that the gradient goes through them."
    drop = f"values, targets = values[:, {task.reach}:], targets[:, {task.reach}:]"
    return FramingCode(
        text,
        source(
            code,
            what=what,
            drop=drop if experiment.task.reach else "<->",
            inputs=joined if through_time else "reshape(-1, 1)",
            targets=joined if through_time else "reshape(-1)",
        ),
        timesteps="1",
        abreast=not through_time,
    )


def _steps(experiment: Experiment) -> str:
    """How the script calls the number of steps in one sequence."""
    return (
        "LENGTH" if getattr(experiment.task, "length", None) == experiment.task.steps else "STEPS"
    )


WRITERS: dict[type[Framing], Callable[[Any, Experiment, TaskCode], FramingCode]] = {
    Window: _window,
    Prefix: _prefix,
    Sequence: _sequence,
    Stream: _sequence,
    Whole: _whole,
    PerStep: _per_step,
}


def write_framing(experiment: Experiment, task: TaskCode) -> FramingCode:
    """The framing as code.

    Raises:
        ConfigError: It is one that cannot be written.
    """
    writer = WRITERS.get(type(experiment.framing))
    if writer is None:
        known = ", ".join(str(each.model_fields["kind"].default) for each in WRITERS)
        allowed = f"a framing that can be written as a script: {known}"
        raise ConfigError("framing.kind", allowed, experiment.framing.kind)
    return writer(experiment.framing, experiment, task)
