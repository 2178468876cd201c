"""A recipe's experiment as a script of plain Keras."""

from __future__ import annotations

from echospan.experiment import Experiment
from echospan.models.recurrent import Recurrent
from echospan.script.encodings import write_input, write_output
from echospan.script.evaluation import write_evaluation
from echospan.script.framings import write_framing
from echospan.script.models import Parts, check_model, write_model
from echospan.script.pieces import Constant, Script, Section, constants, source
from echospan.script.tasks import write_task
from echospan.script.training import Writing
from echospan.tasks import MISSING

BACKEND = """
import os

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

<imports>
"""

LOOK = """
values = <draw>[0]
vectors = encode(values)
print("integers:", *values)
for vector in vectors[:5]:
    print("  ", *vector[:20].astype(int), "...")
print(f"   ... {len(vectors)} vectors of width {vectors.shape[1]}")
print("decoded: ", *decode(vectors))

# Keras's own function gives the same vectors.
assert (vectors == keras.utils.to_categorical(values, <width>)).all()
"""


def write_script(
    experiment: Experiment,
    *,
    title: str = "",
    about: str = "",
    echospan: bool = False,
    look: bool = False,
) -> Script:
    """Write an experiment as a script that needs Keras, JAX and NumPy alone.

    Args:
        experiment: What to write.
        title: Of the script; left out, the experiment's name.
        about: What it shows.
        echospan: Train with `echospan.fit` instead of Keras's own steps.
        look: Show the encoded vectors first.

    Raises:
        ConfigError: A part of the experiment is one that cannot be written.
        DataError: The user's file cannot be used.
    """
    check_model(experiment.model)
    task = write_task(experiment.task)
    framing = write_framing(experiment, task)
    plan = experiment.plan()
    signature = experiment.signature(plan)
    may_miss = experiment.task.may_miss
    recurrent = isinstance(experiment.model, Recurrent)
    encoding = write_input(
        experiment.model.input_for(signature),
        task.width,
        missing=may_miss or bool((plan.inputs == MISSING).any()),
        masking=recurrent and getattr(experiment.model, "masking", False),
    )
    weighted = may_miss or _unscored(experiment)
    readout = write_output(experiment.model.readout_for(signature), task.width, weighted=weighted)
    parts = Parts(experiment, task, framing, encoding, readout)
    model = write_model(parts)
    writing = Writing(parts, weighted=weighted)
    training = writing.echospan(model) if echospan else writing.keras()
    learns = model.learns and experiment.training.epochs > 0
    carried = parts.carried == "always"
    settings = [
        *task.constants,
        *framing.constants,
        *encoding.constants,
        *model.constants,
        *(training.constants if learns else ()),
        Constant("NEW", str(experiment.evaluation.sequences), "new sequences to evaluate on"),
        Constant("SEED", str(experiment.seed)),
    ]
    seeded = "rng = np.random.default_rng(SEED)\nkeras.utils.set_random_seed(SEED)"
    imports = _imports(
        csv="csv" in task.setup, jax=carried and not echospan, echospan=echospan and learns
    )
    sections = [
        Section("Settings", "", f"{imports}\n\n{constants(settings)}\n\n{seeded}"),
        Section("The task", task.text, "\n\n\n".join(filter(None, (task.setup, task.code)))),
        Section("The samples", framing.text, framing.code),
        Section("The encoding", encoding.text, f"{encoding.code}\n\n\n{readout.code}"),
    ]
    if look:
        draw = task.new.replace("NEW", "1")
        sections.append(Section("A look", "", source(LOOK, draw=draw, width=task.width)))
    stateful = echospan and carried
    before = len(sections)
    network = model.stateful if stateful else model.code
    sections.append(Section("The model", model.text_for(stateful=stateful), network))
    if learns:
        sections.append(Section("Training", training.text, training.code))
    text, code = write_evaluation(parts, weighted=weighted, echospan=stateful)
    sections.append(Section("Evaluation", text, code))
    again = _again(sections[before:]) if echospan and learns else ()
    return Script(title or experiment.name, " ".join(about.split()), tuple(sections), again)


def _again(sections: list[Section]) -> tuple[Section, ...]:
    """The sections that train, as they follow others that have done so."""
    model, *others = sections
    code = f"import echospan\n\n{model.code}"
    text = "The same model once more, for echospan.fit: pip install 'echospan[jax]'."
    return (Section("The same with echospan.fit", text, code), *others)


def _unscored(experiment: Experiment) -> bool:
    """Whether some of the targets that a sample has are missing."""
    import numpy as np

    from echospan.random import NumpyDraw

    task, plan = experiment.task, experiment.plan()
    draw = NumpyDraw(np.random.default_rng(0))
    values = task.draw(draw, plan.sequences, task.arrays(), "train")
    return bool((plan.gather(np.asarray(task.targets(values)), plan.targets) == MISSING).any())


def _imports(*, csv: bool, jax: bool, echospan: bool) -> str:
    others = ["import keras", "import numpy as np"]
    if jax:
        others.insert(0, "import jax")
    if echospan:
        others.insert(0, "import echospan")
    code = source(BACKEND, imports="\n".join(others))
    return f"import csv\n{code}" if csv else code
