"""Whether the loss fits outputs and targets: the findings, with lines that mend them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from echospan.adapters.bounds import Bounds
from echospan.adapters.loss_call import LossCall
from echospan.adapters.signals import Signal
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.doctor.mismatch import Mismatch, mismatch
from echospan.results.check_report import Finding

FEW = 20
"""Different targets up to which an accuracy may mean something."""

ACCURACY = ("accuracy", "acc")
"""Names of the metric that counts equal answers."""


def loss_fit_findings(examination: Examination) -> list[Finding]:
    """Look at what each known loss function is given."""
    given, data = examination.given, examination.data
    if given is None:
        return []
    outputs = [given.outputs[target.number] for target in data.targets]
    targets = [_chosen(target.values, len(given.samples)) for target in data.targets]
    try:
        calls = given.adapter.loss_calls(outputs, targets, examination.loss)
    except Exception as error:
        examination.skip(f"whether the loss fits ({type(error).__name__})")
        return []
    if examination.has_unscored:
        calls = [replace(call, ignored=-1) for call in calls]
    found = []
    for call in calls:
        bounds, drawn = _bounds(examination, call, outputs)
        wrong = mismatch(call, bounds, drawn)
        if wrong is not None and not _known_already(examination, wrong):
            found.append(_finding(examination, call, wrong, bounds))
    return found + _accuracy(examination, calls)


def _chosen(y: np.ndarray, count: int) -> np.ndarray:
    """As many targets, evenly from all, with the least and the greatest among them."""
    samples = np.linspace(0, len(y) - 1, count).astype(int)
    flat = y.reshape(len(y), -1)
    if count > 2:
        samples[-2:] = flat.max(1).argmax(), flat.min(1).argmin()
    chosen: np.ndarray = y[samples]
    return chosen


def _bounds(
    examination: Examination, call: LossCall, outputs: list[np.ndarray]
) -> tuple[Bounds | None, list[np.ndarray]]:
    """Bounds of the output, and its values with random weights, if the loss gets it as it is."""
    number = call.output
    if number is None:
        return None, []
    own, met = outputs[number], call.outputs
    if own.size != met.size or not np.allclose(np.sort(own.ravel()), np.sort(met.ravel())):
        return None, []
    bounds = examination.bounds[number] if number < len(examination.bounds) else None
    try:
        return bounds, [each[number] for each in examination.drawn]
    except Exception:
        # Whatever a layer of the user's raises: it is judged by its own outputs alone.
        return bounds, []


def _known_already(examination: Examination, wrong: Mismatch) -> bool:
    facts = examination.facts
    if wrong.kind == "one-unit":
        # `output-constant` says it of a softmax over one unit, and of torch's cross-entropy.
        return facts.framework == "torch" or facts.single_softmax is not None
    # TensorFlow's own functions look for the softmax, and take what it was given.
    return wrong.kind == "probabilities-for-logits" and facts.backend == "tensorflow"


def _finding(
    examination: Examination, call: LossCall, wrong: Mismatch, bounds: Bounds | None
) -> Finding:
    targets = examination.data.targets
    target = targets[call.output or 0]
    named = len(targets) > 1 and call.output is not None and bool(target.name)
    about = f"Output {target.name!r}: " if named else ""
    evidence: dict[str, Any] = {"mismatch": wrong.kind, "loss": call.name, **(wrong.numbers or {})}
    if wrong.kind != "targets":
        evidence["cause"] = wrong.kind
    if named:
        evidence["output"] = target.name
    single = len(targets) == 1
    return find(
        "loss-mismatch",
        about + wrong.message,
        severity=wrong.severity,
        remedy=remedy(examination.facts.framework, call, wrong, target, bounds, single=single),
        **evidence,
    )


def remedy(
    framework: str,
    call: LossCall,
    wrong: Mismatch,
    target: Signal,
    bounds: Bounds | None,
    *,
    single: bool = True,
) -> str:
    """Lines that mend a mismatch.

    Args:
        framework: Of the model.
        call: The loss with what it is given.
        wrong: What does not fit.
        target: The targets.
        bounds: What the output can be, if that is known.
        single: Whether the model has one output.
    """
    place, numbers = target.place, wrong.numbers or {}
    if wrong.kind == "labels":
        if numbers["lowest"] > 0 and numbers["highest"] - numbers["lowest"] < numbers["units"]:
            return f"{place} = {place} - {numbers['lowest']:g}  # classes from 0"
        if numbers["lowest"] < 0:
            return f"{place} = {place} - {place}.min()  # classes from 0, and a unit for each"
        return f"# end with {numbers['highest'] + 1:g} units, one for each class"
    if wrong.kind == "axis":
        if framework == "keras":
            return "keras.layers.Softmax(axis=-1)  # in place of the softmax"
        return f"# take the softmax over dim={numbers['classes_axis']:g}"
    if wrong.kind == "width":
        return f"# end with {numbers['classes']:g} units, one for each class"
    if wrong.kind == "targets" and numbers["values"] == 2:
        return f'{place} = ({place} > {place}.min()).astype("float32")  # 0 and 1'
    if wrong.kind == "shapes":
        return "# give the targets the shape of the outputs, or the last layer as many units"
    if wrong.kind == "steps":
        return (
            "model = keras.Model(model.inputs, model.outputs[0][:, -1])"
            "  # the last step only, or return_sequences=False; then compile it"
        )
    if framework == "keras":
        chosen = _for_keras(call, wrong, bounds)
        numbers_meant = wrong.kind in ("no-classes", "targets")
        also = "  # and a linear last layer" if numbers_meant else ""
        if not single:
            return f"# for this output, loss={chosen}{also}"
        return f"model.compile(model.optimizer, loss={chosen}){also}"
    return _for_torch(call, wrong)


def _for_keras(call: LossCall, wrong: Mismatch, bounds: Bounds | None) -> str:
    scores = "from_logits=True"
    keeps = scores if call.takes == "logits" else ""
    names = {"binary": "Binary", "categorical": "Categorical", "sparse": "SparseCategorical"}
    own = f"keras.losses.{names.get(call.kind, 'Categorical')}Crossentropy"
    if wrong.kind == "one-unit":
        probability = bounds is not None and bounds.low >= 0 and bounds.high <= 1
        return f"keras.losses.BinaryCrossentropy({'' if probability else scores})"
    if wrong.kind in ("no-classes", "targets"):
        return '"mse"'
    return {
        "probabilities-for-logits": f"{own}()",
        "logits-for-probabilities": f"{own}({scores})",
        "numbers-for-vectors": f"keras.losses.SparseCategoricalCrossentropy({keeps})",
        "vectors-for-numbers": f"keras.losses.CategoricalCrossentropy({keeps})",
    }.get(wrong.kind, '"categorical_crossentropy"')


def _for_torch(call: LossCall, wrong: Mismatch) -> str:
    logarithms = (
        "loss = lambda outputs, targets: torch.nn.functional.nll_loss(torch.log(outputs + 1e-9), "
    )
    if wrong.kind == "probabilities-for-logits" and call.kind == "binary":
        if wrong.numbers and wrong.numbers["lowest_probability"] >= 0.5:
            return "loss = torch.nn.BCELoss()  # or leave the last activation out"
        return "# leave the last activation out"
    if wrong.kind in ("probabilities-for-logits", "probabilities-for-logarithms"):
        return f"{logarithms}targets)  # or leave the softmax out"
    if wrong.kind == "vectors-for-numbers":
        return "y = y.argmax(-1)"
    return {
        "logits-for-probabilities": "loss = torch.nn.BCEWithLogitsLoss()",
        "logits-for-logarithms": "loss = torch.nn.CrossEntropyLoss()",
        "binary-for-classes": f"{logarithms}targets.argmax(-1))",
        "no-classes": "loss = torch.nn.MSELoss()  # and one output for each number",
        "targets": "loss = torch.nn.MSELoss()  # and a linear last layer",
    }.get(wrong.kind, "# choose a loss that fits outputs and targets")


def _accuracy(examination: Examination, calls: list[LossCall]) -> list[Finding]:
    """A metric that counts equal answers, for numbers that never are equal."""
    given = examination.given
    if given is None or len(calls) != 1 or calls[0].takes != "values":
        return []
    y = calls[0].targets
    named = [name for name in given.adapter.metric_names() if name in ACCURACY]
    if not named or y.dtype.kind != "f" or len(np.unique(y)) <= FEW:
        return []
    return [
        find(
            "loss-mismatch",
            f"The metric {named[0]!r} counts answers that equal the target exactly, and the "
            "targets are numbers of which hardly two are equal: it stays near 0 whatever the model "
            "learns.",
            severity="note",
            remedy='model.compile(model.optimizer, loss=model.loss, metrics=["mae"])',
            mismatch="accuracy",
            cause="accuracy",
            loss=calls[0].name,
        )
    ]
