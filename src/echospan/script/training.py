"""Training as code: Keras's own steps, or an update that hands the state on."""

from __future__ import annotations

from dataclasses import dataclass

from echospan.script.models import ModelCode, Parts
from echospan.script.pieces import Constant, source


@dataclass(frozen=True)
class TrainingCode:
    """Training as code.

    Attributes:
        text: How it is trained.
        constants: Its settings.
        code: Trains `model`.
    """

    text: str
    constants: tuple[Constant, ...]
    code: str


OPTIMIZERS = {"adam": "Adam", "sgd": "SGD", "rmsprop": "RMSprop"}

BATCHES = """
for start in range(0, len(inputs), BATCH_SIZE):
    rows = slice(start, start + BATCH_SIZE)
    <step>
"""


class Writing:
    """The training of one experiment, with Keras alone or with `echospan.fit`."""

    def __init__(self, parts: Parts, *, weighted: bool) -> None:
        self.parts, self.weighted = parts, weighted
        self.training = parts.experiment.training
        plan = parts.experiment.plan()
        self.rows, self.updates = plan.rows, plan.updates

    @property
    def one_batch(self) -> bool:
        """Whether an epoch is one update."""
        return self.updates == 1

    @property
    def carried(self) -> bool:
        """Whether batches hand the state on."""
        return self.parts.carried == "always"

    def constants(self) -> tuple[Constant, ...]:
        """The settings that its code refers to."""
        training = self.training
        listed = [
            Constant("EPOCHS", str(training.epochs), "each on newly drawn sequences"),
            Constant("SEQUENCES", str(training.sequences), "drawn for one epoch"),
        ]
        if not self.one_batch or self.carried or "BATCH_SIZE" in self.parts.framing.code:
            listed.append(Constant("BATCH_SIZE", str(self.rows), "samples in one update"))
        listed.append(Constant("LEARNING_RATE", str(training.learning_rate)))
        if training.patience is not None:
            listed += [
                Constant("VALIDATE_EVERY", str(training.validate_every), "epochs"),
                Constant(
                    "PATIENCE", str(training.patience), "validations without a lower loss: stop"
                ),
            ]
        return tuple(listed)

    @property
    def optimizer(self) -> str:
        """The Keras optimizer, as source."""
        clip = f", global_clipnorm={self.training.clip_norm}" if self.training.clip_norm else ""
        return f"keras.optimizers.{OPTIMIZERS[self.training.optimizer]}(LEARNING_RATE{clip})"

    @property
    def _compile(self) -> str:
        arguments = f"{self.optimizer}, {self.parts.output.loss}"
        if len(arguments) < 66:
            return f"model.compile({arguments})"
        code = """
        model.compile(
            <optimizer>,
            <loss>,
        )
        """
        return source(code, optimizer=self.optimizer, loss=self.parts.output.loss)

    def keras(self) -> TrainingCode:
        """With Keras alone."""
        if self.carried:
            return self._carried()
        return TrainingCode(
            self._text, self.constants(), f"{self._compile}\n\n{self._epochs(self._on_batch)}"
        )

    def echospan(self, model: ModelCode) -> TrainingCode:
        """With `echospan.fit`."""
        arguments = [*self._arguments("{}"), self._batch_size, "shuffle=False"]
        text = "echospan.fit takes the same model and the same arrays as Keras's fit."
        if self.carried:
            arguments[-1] = f'reset_state="{self.parts.experiment.reset_state}"'
            text += " It carries the state of stateful layers from batch to batch."
        listed = "\n".join(f"    {argument}," for argument in arguments)
        step = (
            f'history = echospan.fit(\n    model,\n{listed}\n)\nloss = history.history["loss"][-1]'
        )
        before = self._scored_with_fit if self.carried and self._patient else "<->"
        code = f"{self._compile}\n\n{self._epochs(step, whole=True, before=before)}"
        return TrainingCode(text, self.constants(), code)

    @property
    def _batch_size(self) -> str:
        if self.carried:
            return "batch_size=BATCH_SIZE"
        return "batch_size=len(inputs)" if self.one_batch else "batch_size=BATCH_SIZE"

    @property
    def _text(self) -> str:
        return "Each epoch is trained on newly drawn sequences, so nothing can be learned by heart."

    def _arguments(self, part: str) -> list[str]:
        """What a step is given: inputs, targets and weights, of a batch or of all."""
        inputs, targets = part.format("inputs") or "inputs", part.format("targets") or "targets"
        if part == "{}":
            inputs, targets = "inputs", "targets"
        listed = [f"encode({inputs})", self.parts.output.targets.format(targets=targets)]
        if self.weighted:
            listed.append(f'sample_weight=({targets} != -1).astype("float32")')
        return listed

    @property
    def _on_batch(self) -> str:
        arguments = self._arguments("{}" if self.one_batch else "{}[rows]")
        line = f"loss = model.train_on_batch({', '.join(arguments)})"
        if len(line) > 76:
            listed = "\n".join(f"    {argument}," for argument in arguments)
            line = f"loss = model.train_on_batch(\n{listed}\n)"
        # Keras averages over all batches since the last reset.
        return f"model.reset_metrics()\n{line}"

    def _epochs(
        self, step: str, *, whole: bool = False, before: str = "<->", each: str = "<->"
    ) -> str:
        """The loop over epochs, with a line about every tenth of them."""
        training, patience = self.training, self._patient
        shuffled = (
            "order = rng.permutation(len(inputs))\ninputs, targets = inputs[order], targets[order]"
        )
        batches = step if whole or self.one_batch else source(BATCHES, step=step)
        code = """
        <begin>
        for epoch in range(1, EPOCHS + 1):
            inputs, targets = frame(<draw>)
            <shuffle>
            <each>
            <batches>
            if epoch % <every> == 0:
                print(f"epoch {epoch}: loss {loss:.4f}")
            <patience>
        """
        begin = [before] if before != "<->" else []
        if patience:
            new = self.parts.task.new
            named = f"validation = {new}" if self.carried else f"validation, wanted = frame({new})"
            begin.append(f'{named}\nlowest, waited = float("inf"), 0')
        return source(
            code,
            begin="\n".join(begin) or "<->",
            draw=self.parts.task.training,
            shuffle=shuffled if training.shuffle else "<->",
            each=each,
            batches=batches,
            every="max(EPOCHS // 10, 1)",
            patience=self._patience if patience else "<->",
        )

    @property
    def _patient(self) -> bool:
        """Whether training stops where the validation loss no longer falls."""
        return self.training.patience is not None

    @property
    def _patience(self) -> str:
        if self.carried:
            return source(STOP, now="validation_loss()")
        arguments = [
            "encode(validation)",
            self.parts.output.targets.format(targets="wanted"),
            *(['sample_weight=(wanted != -1).astype("float32")'] if self.weighted else []),
            "batch_size=1000",
            "verbose=0",
        ]
        listed = "\n".join(f"    {argument}," for argument in arguments)
        return source(STOP, now=f"model.evaluate(\n{listed}\n)")

    @property
    def _scored_with_fit(self) -> str:
        arguments = ["model", *self._arguments("{}"), f"batch_size={self._new_rows}"]
        listed = "\n".join(f"{argument}," for argument in arguments)
        return "\n" + source(SCORED_WITH_FIT, arguments=listed) + "\n\n"

    @property
    def _new_rows(self) -> str:
        """Rows of a batch where one new sequence is framed."""
        if getattr(self.parts.experiment.framing, "rows", "") == "aligned":
            return "1"
        return "BATCH_SIZE" if self.training.batch_size else "len(inputs)"

    def _carried(self) -> TrainingCode:
        arguments = [
            "weights",
            "others",
            "optimizer_state",
            *self._arguments("{}" if self.one_batch else "{}[rows]"),
            "state",
        ]
        arguments = [argument.removeprefix("sample_weight=") for argument in arguments]
        listed = "\n".join(f"    {argument}," for argument in arguments)
        step = f"loss, weights, others, optimizer_state, state = train_step(\n{listed}\n)"
        zero = "state = zero_state(BATCH_SIZE)"
        reset = self.parts.experiment.reset_state
        if reset == "batch":
            step = f"{zero}\n{step}"
        before = [zero] if reset == "never" else []
        if self._patient:
            scored = [a.removeprefix("sample_weight=") for a in self._arguments("{}[rows]")]
            listed = "\n".join(f"{argument}," for argument in ["weights", "others", *scored])
            code = source(
                SCORED,
                arguments=listed,
                rows=self._new_rows,
                weight=", weight" if self.weighted else "",
                pass_weight=", sample_weight=weight" if self.weighted else "",
            )
            # Two blank lines around functions.
            before.append(("\n\n" if before else "\n") + code + "\n\n")
        loop = self._epochs(
            step,
            before="\n".join(before) or "<->",
            each=f"{zero}  # a new sequence begins" if reset == "epoch" else "<->",
        )
        weight = ", weight" if self.weighted else ""
        code = source(
            CARRIED,
            optimizer=self.optimizer,
            loss=self.parts.output.loss,
            weight=weight,
            pass_weight=", sample_weight=weight" if self.weighted else "",
            states='[np.zeros((rows, UNITS), "float32") for _ in model.inputs[1:]]',
            loop=loop,
        )
        text = (
            f"{self._text} On JAX, Keras's fit and train_on_batch do not carry the state of "
            "stateful layers, so the update is written out here. The state enters it as a "
            "constant: backpropagation stops at the start of the batch."
        )
        return TrainingCode(text, self.constants(), code)


STOP = """
if epoch % VALIDATE_EVERY == 0:
    now = <now>
    waited = 0 if now < lowest else waited + 1
    lowest = min(lowest, now)
    if waited == PATIENCE:
        print(f"epoch {epoch}: the validation loss no longer falls")
        break
"""

SCORED = '''
@jax.jit
def score_of(weights, others, x, y<weight>, state):
    """The loss of one batch without training on it, and the state after it."""
    (scores, *state), _ = model.stateless_call(weights, others, [x, *state])
    return loss_function(y, scores<pass_weight>), state


def validation_loss():
    """The mean loss on sequences that training never sees."""
    losses = []
    for sequence in validation:
        inputs, targets = frame(sequence[None])
        state = zero_state(<rows>)
        for start in range(0, len(inputs), <rows>):
            rows = slice(start, start + <rows>)
            loss, state = score_of(
                <arguments>
                state,
            )
            losses.append(loss)
    return float(np.mean(losses))
'''

SCORED_WITH_FIT = '''
def validation_loss():
    """The mean loss on sequences that training never sees."""
    losses = []
    for sequence in validation:
        inputs, targets = frame(sequence[None])
        scores = echospan.evaluate(
            <arguments>
        )
        losses.append(scores["loss"])
    return np.mean(losses)
'''

CARRIED = '''
optimizer = <optimizer>
optimizer.build(model.trainable_variables)
loss_function = <loss>


def zero_state(rows):
    """The state before the first batch."""
    return <states>


def loss_of(weights, others, x, y<weight>, state):
    """The loss of one batch, and the state after it."""
    (scores, *state), others = model.stateless_call(
        weights, others, [x, *state], training=True
    )
    return loss_function(y, scores<pass_weight>), (others, state)


@jax.jit
def train_step(weights, others, optimizer_state, x, y<weight>, state):
    """One update of the weights on one batch."""
    gradient_of = jax.value_and_grad(loss_of, has_aux=True)
    values, gradients = gradient_of(weights, others, x, y<weight>, state)
    loss, (others, state) = values
    weights, optimizer_state = optimizer.stateless_apply(
        optimizer_state, gradients, weights
    )
    return loss, weights, others, optimizer_state, state


weights = [variable.value for variable in model.trainable_variables]
others = [variable.value for variable in model.non_trainable_variables]
optimizer_state = [variable.value for variable in optimizer.variables]

<loop>
'''
