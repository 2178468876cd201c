"""`echospan.fit`: train a user's own Keras model in one compiled program, state carried."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from echospan.arguments import (
    each,
    either,
    flag,
    methods,
    number,
    one_of,
    optional,
    readable,
    validated,
    whole,
)
from echospan.backend import keras_on_jax
from echospan.engine.building import build
from echospan.engine.callbacks import History, Hooks, check_callbacks, line, plain
from echospan.engine.carried import is_stateful
from echospan.engine.checks import (
    check_model,
    check_reset_state,
    check_targets,
    check_trainable,
    choose_batch_size,
)
from echospan.engine.programs import find, layout, shapes
from echospan.engine.room import require_room
from echospan.engine.samples import count, samples, split
from echospan.engine.scorer import Scorer, start_states
from echospan.engine.source import Arrays
from echospan.engine.trainer import Program, Progress, Trainer
from echospan.engine.update import Batch
from echospan.engine.values import TrainState, read, write
from echospan.errors import ConfigError
from echospan.experiment import ResetState
from echospan.limits import asks_consent
from echospan.random import stream

if TYPE_CHECKING:
    import jax
    import keras

SECONDS_PER_LINE = 0.25
"""How long `verbose` waits between two lines."""


@validated(
    model=readable,
    x=readable,
    y=readable,
    sample_weight=readable,
    class_weight=readable,
    validation_data=readable,
    callbacks=optional(
        either(
            "a Keras callback, or several",
            methods("", "set_model", "on_train_begin"),
            each(readable, "Keras callbacks", most=1000),
        )
    ),
    batch_size=whole(1),
    epochs=whole(0),
    shuffle=flag,
    reset_state=one_of("batch", "epoch", "never"),
    validation_split=number(least=0, below=1, allowed="a share between 0 and 1"),
    validation_batch_size=whole(1),
    validation_freq=either(
        "an integer of at least 1, or several",
        whole(1),
        each(whole(1), "integers of at least 1", empty="at least one epoch"),
    ),
    initial_epoch=whole(0),
    seed=whole(0, 2**32 - 1),
    verbose=either("0 or 1", whole(0, 1), flag),
    yes=flag,
)
@asks_consent
def fit(
    model: keras.Model,
    x: Any,
    y: Any = None,
    *,
    batch_size: int | None = None,
    epochs: int = 1,
    shuffle: bool | None = None,
    reset_state: ResetState | None = None,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | None = None,
    validation_data: tuple[Any, ...] | None = None,
    validation_split: float = 0.0,
    validation_batch_size: int | None = None,
    validation_freq: int | Iterable[int] = 1,
    callbacks: Iterable[keras.callbacks.Callback] | keras.callbacks.Callback | None = (),
    initial_epoch: int = 0,
    seed: int | None = None,
    verbose: int = 0,
    yes: bool = False,
) -> History:
    """Train a compiled Keras model on arrays, like Keras's `fit`.

    All updates of an epoch, and many epochs if no callback needs to run in between, run inside one
    compiled program. Stateful layers carry their state from batch to batch. The final state is
    written back to them, like everything else that training changes.

    Args:
        model: A compiled Keras model, built or not.
        x: Inputs (samples, ...), or a list, tuple or dictionary of such.
        y: Targets (samples, ...), or a list, tuple or dictionary of such; None where the model's
            own losses need none.
        batch_size: Samples per batch; by default that of stateful layers, or 32.
            Samples left over make a smaller last update, which stateful layers do not allow.
        epochs: Epoch to stop before.
        shuffle: Whether to shuffle the samples in each epoch; by default for models without
            stateful layers, which need the samples in order.
        reset_state: When carried state returns to zero: before each "epoch", before each "batch",
            or "never" (it starts from the state in the layers). By default, each "epoch".
        sample_weight: Weights (samples,) or (samples, timesteps).
        class_weight: A weight for each class; not together with `sample_weight`.
        validation_data: (x, y) or (x, y, sample_weight), scored from a zero state of its own.
        validation_split: Share of the samples, from the end, to validate on instead of training.
        validation_batch_size: Samples in one batch of the validation; left out, `batch_size`.
        validation_freq: Validate after each so many epochs, or after those listed, counted from 1.
        callbacks: Keras callbacks; their hooks for epochs and for the whole run are called.
        initial_epoch: Epochs already done. A run continued with it draws what one run would.
        seed: Of the random order; left out, 0.
        verbose: 1 prints a line about an epoch several times a second.
        yes: Go on where the estimated memory is above a limit.

    Returns:
        The history. `seconds` has the time for compiling and for training.

    Raises:
        ConfigError: A setting cannot be used, or not with this model.
        DataError: The arrays cannot be used.
        OutOfMemory: It is estimated to need more memory than is free.
        BackendError: Keras runs on another backend than JAX.
        MissingExtra: JAX is not installed.

    Example:
        The target is the oldest of five values:

        >>> import keras
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(64, 5, 1))
        >>> model = keras.Sequential([keras.layers.LSTM(4), keras.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> history = echospan.fit(model, x, x[:, 0], epochs=3)
        >>> len(history.history["loss"])
        3
    """
    started = time.perf_counter()
    keras_on_jax()
    check_model(model, "train_step")
    reset = check_reset_state(reset_state)
    data = samples(x, y, sample_weight, class_weight)
    held_out: Batch | None = None
    if validation_data is not None:
        held_out = _validation(validation_data)
    elif validation_split:
        data, held_out = split(data, validation_split)
    if shuffle is None:
        shuffle = not is_stateful(model)
    elif shuffle and is_stateful(model):
        raise ConfigError(
            "shuffle",
            "False for a model with stateful layers",
            shuffle,
            "Each row's state comes from the row above it in the batch before, and shuffled "
            "samples do not follow each other.",
        )
    rows = choose_batch_size(model, count(data), batch_size, as_built=True)
    require_room(model, data, rows, "Training this model on these arrays", "train")
    listed = check_callbacks(callbacks, validated=held_out is not None)
    check_targets(model, data)
    build(model, data, rows)
    check_trainable(model, data)
    steps = -(-count(data) // rows)
    history = History(model, {"epochs": epochs, "steps": steps, "verbose": int(verbose)})
    model.history = history
    run = _Run(
        model=model,
        trainer=Trainer(model, Arrays(data, rows, bool(shuffle)), reset),
        hooks=Hooks(model, listed, history.params),
        history=history,
        key=stream(seed or 0, "data"),
    )
    if held_out is not None:
        run.validate_on(held_out, validation_batch_size or rows, reset, validation_freq)
    run.go(int(initial_epoch), int(epochs))
    compiling = run.trainer.compile_seconds + (run.scorer.compile_seconds if run.scorer else 0.0)
    history.seconds = {
        "compile": compiling,
        "train": time.perf_counter() - started - compiling,
    }
    return history


def _validation(given: Any) -> Batch:
    if not isinstance(given, tuple | list) or len(given) not in (2, 3):
        raise ConfigError("validation_data", "(x, y) or (x, y, sample_weight)", type(given))
    return samples(*given)


@dataclass
class _Run:
    """One call of `fit`, once its arguments are known to be good."""

    model: keras.Model
    trainer: Trainer
    hooks: Hooks
    history: History
    key: jax.Array
    scorer: Scorer | None = field(default=None, init=False)
    _validated: Any = field(default=1, init=False)
    _latest: TrainState | None = field(default=None, init=False)
    _printed: float = field(default=0.0, init=False)

    def validate_on(
        self, data: Batch, rows: int, reset_state: ResetState, frequency: int | Iterable[int]
    ) -> None:
        """Score these samples after the epochs that `frequency` names."""
        rows = choose_batch_size(self.model, count(data), rows, name="validation_batch_size")
        if isinstance(frequency, Iterable):
            self._validated = list(frequency)
        else:
            self._validated = frequency
        self.scorer = Scorer(self.model, Arrays(data, rows, shuffle=False), reset_state)

    def go(self, first: int, epochs: int) -> None:
        """Train, and leave the model with the values of the last epoch that was done."""
        model = self.model
        model.stop_training = False
        self.hooks.call("on_train_begin")
        # A callback that restores a run says here how far that one had come.
        epoch = getattr(model, "_initial_epoch", None) or first
        values = read(model)
        self._compile(values)
        logs: dict[str, Any] = {}
        try:
            while epoch < epochs and not model.stop_training:
                if self.hooks:
                    self.hooks.call("on_epoch_begin", epoch)
                    values = read(model)
                until = self._until(epoch, epochs)
                values, logs = self._train(values, epoch, until)
                epoch = until
                values, logs = self._look(values, epoch - 1, logs)
                self._record(epoch - 1, logs)
        finally:
            self._write_back()
            if self.history.epoch:
                model.optimizer.finalize_variable_values(model.trainable_weights)
        self.hooks.call("on_train_end", logs)

    def _compile(self, values: TrainState) -> None:
        trainer = self.trainer
        source = trainer.source
        assert isinstance(source, Arrays)
        key = (
            "fit",
            trainer.reset_state,
            source.batch_size,
            source.shuffle,
            shapes(source.data),
            layout(self.model),
        )

        def make() -> Program:
            trainer.compile(values)
            assert trainer.program is not None
            return trainer.program

        trainer.program = find(self.model, key, make)

    def _until(self, epoch: int, epochs: int) -> int:
        """The next epoch before which Python has to look."""
        if self.hooks:
            return epoch + 1
        if self.scorer is None:
            return epochs
        if isinstance(self._validated, int):
            return min(epochs, (epoch // self._validated + 1) * self._validated)
        return min([int(e) for e in self._validated if epoch < e < epochs], default=epochs)

    def _train(
        self, values: TrainState, epoch: int, until: int
    ) -> tuple[TrainState, dict[str, Any]]:
        """Epochs without looking; the results of the last one, which still has to be recorded."""
        last: dict[str, Any] = {}

        def note(progress: Progress) -> None:
            nonlocal last
            self._latest = progress.values
            # The program takes the values back: what the model has is what an interrupt leaves.
            write(self.model, progress.values)
            reported = len(next(iter(progress.logs.values())))
            for row, done in enumerate(range(progress.epoch - reported, progress.epoch)):
                last = {name: plain(column[row]) for name, column in progress.logs.items()}
                if done < until - 1:
                    self._record(done, last)

        values = self.trainer.run(
            values, self.key, first_epoch=epoch, epochs=until, on_progress=note
        )
        return values, last

    def _look(
        self, values: TrainState, epoch: int, logs: dict[str, Any]
    ) -> tuple[TrainState, dict[str, Any]]:
        """Validation and callbacks after an epoch."""
        if self.scorer is not None and self._is_validated(epoch + 1):
            self.hooks.call("on_test_begin")
            if self.hooks:
                values = read(self.model)
            zeros = start_states(self.model, self.scorer.source.batch_size, "epoch")
            report, _ = self.scorer.run(values._replace(states=zeros))
            scores = {name: plain(value) for name, value in report.items()}
            self.hooks.call("on_test_end", scores)
            logs = {**logs, **{f"val_{name}": value for name, value in scores.items()}}
        if self.hooks:
            # From here on the model's variables count, with what callbacks change in them.
            self._latest = None
            logs = self.hooks.epoch_end(epoch, logs)
        return values, logs

    def _is_validated(self, epoch: int) -> bool:
        if isinstance(self._validated, int):
            return epoch % self._validated == 0
        return epoch in self._validated

    def _write_back(self) -> None:
        """Write again what an interrupt may have left half written."""
        import jax

        latest, self._latest = self._latest, None
        if latest is not None and not any(v.is_deleted() for v in jax.tree.leaves(latest)):
            write(self.model, latest)

    def _record(self, epoch: int, logs: dict[str, Any]) -> None:
        self.history.add(epoch, logs)
        epochs = self.history.params["epochs"]
        now = time.perf_counter()
        last = epoch + 1 == epochs or self.model.stop_training
        if self.history.params["verbose"] and (last or now - self._printed > SECONDS_PER_LINE):
            print(line(epoch + 1, epochs, logs), flush=True)
            self._printed = now
