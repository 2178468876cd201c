"""Evaluation as code: answers on new sequences, and how many of them are right."""

from __future__ import annotations

from echospan.script.models import Parts
from echospan.script.pieces import source

TOGETHER = """
inputs, targets = frame(<new>)
outputs = model.predict(encode(inputs), batch_size=1000, verbose=0)
predicted = decode(outputs)
"""

ONE_BY_ONE = """
expected, answers = [], []
for sequence in <new>:
    inputs, targets = frame(sequence[None])
    answers.append(decode(model.predict(encode(inputs), verbose=0)))
    expected.append(targets)
predicted, targets = np.array(answers), np.array(expected)
"""

IN_USE = """
inputs, targets = frame(<new>)
state = [np.zeros((len(inputs), UNITS), "float32") for _ in stepper.inputs[1:]]
answers = []
for numbers in inputs.T:
    # The next number of every sequence; each row carries the state of its own.
    scores, *state = stepper.predict_on_batch([encode(numbers[:, None]), *state])
    answers.append(decode(scores)[:, 0])
predicted = np.stack(answers, axis=1)
"""

CARRIED = """
@jax.jit
def predict_step(x, state):
    (scores, *state), _ = model.stateless_call(weights, others, [x, *state])
    return scores, state


expected, answers = [], []
for sequence in <new>:
    inputs, targets = frame(sequence[None])
    state = zero_state(<rows>)
    for start in range(0, len(inputs), <rows>):
        scores, state = predict_step(encode(inputs[start : start + <rows>]), state)
        answers.append(decode(np.asarray(scores)))
    expected.append(targets)
predicted, targets = np.concatenate(answers), np.concatenate(expected)
"""

ABREAST = """
@jax.jit
def predict_step(x, state):
    (scores, *state), _ = model.stateless_call(weights, others, [x, *state])
    return scores, state


inputs, targets = frame(<new>)
state, answers = zero_state(NEW), []
for start in range(0, len(inputs), NEW):
    scores, state = predict_step(encode(inputs[start : start + NEW]), state)
    answers.append(decode(np.asarray(scores)))
predicted = np.concatenate(answers)
"""

ECHOSPAN = """
expected, answers = [], []
for sequence in <new>:
    inputs, targets = frame(sequence[None])
    outputs = echospan.predict(model, encode(inputs), batch_size=<rows>)
    answers.append(decode(outputs))
    expected.append(targets)
predicted, targets = np.concatenate(answers), np.concatenate(expected)
"""

ACCURACY = """
<chance>
print(f"accuracy {<accuracy>:.4f}")
"""


def write_evaluation(parts: Parts, *, weighted: bool, echospan: bool = False) -> tuple[str, str]:
    """How the evaluation goes, in words and as code; the accuracy is the last line printed.

    Args:
        parts: What the model stands between.
        weighted: Whether some targets are missing.
        echospan: Whether the model has stateful layers, whose state `echospan.predict` carries.
    """
    new = parts.task.new.format(count="NEW")
    template, text = TOGETHER, "On sequences that training never saw."
    rows = "BATCH_SIZE" if parts.experiment.training.batch_size else "len(inputs)"
    rows = "1" if _aligned(parts) else rows
    if parts.carried == "always":
        text += " Each begins with a state of zeros."
        template = ECHOSPAN if echospan else ABREAST if _aligned(parts) else CARRIED
    elif parts.carried == "in use":
        text += (
            " The model is given one number at a time and carries its state, so every answer comes "
            "from what it remembers."
        )
        template = IN_USE
    elif not parts.framing.abreast:
        template = ONE_BY_ONE
    scored = "scored = targets != -1\n" if weighted else ""
    at = "[scored]" if weighted else ""
    right = f"np.mean(predicted{at} == targets{at})"
    chance = f'print(f"chance   {{{parts.task.chance}:.4f}}")'
    code = source(template, new=new, rows=rows)
    return text, f"{code}\n{scored}{source(ACCURACY, chance=chance, accuracy=right)}"


def _aligned(parts: Parts) -> bool:
    return getattr(parts.experiment.framing, "rows", "") == "aligned"
