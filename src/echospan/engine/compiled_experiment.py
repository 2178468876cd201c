"""An experiment made ready to run: its model, its compiled trainer and its evaluator."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.backend import keras_on_jax
from echospan.engine import keras_internals as internals
from echospan.engine.evaluator import Answers, Evaluator
from echospan.engine.ridge import RidgeReadout
from echospan.engine.source import Drawn, HeldOutSource
from echospan.engine.trainer import Trainer
from echospan.engine.values import TrainState, copy, variables
from echospan.engine.waiting import drawing
from echospan.errors import naming_what_to_lower
from echospan.experiment import Experiment
from echospan.models.init import Init
from echospan.random import Stream, stream

if TYPE_CHECKING:
    import keras


KEPT = 16
"""Compiled experiments kept in a thread; the one not used for longest goes first."""


class _Kept(threading.local):
    """Of each thread its own: models are changed while they are traced."""

    def __init__(self) -> None:
        self.experiments: OrderedDict[Any, CompiledExperiment] = OrderedDict()


_kept = _Kept()


def compiled_for(
    experiment: Experiment, stop: Callable[[], bool] | None = None
) -> CompiledExperiment:
    """One that fits the experiment: made before in this thread, or a new one.

    Raises:
        Halted: `stop`, which is asked while initial weights are drawn, said so.
    """
    keras_on_jax()
    import jax

    if experiment.task.arrays():
        # It holds the user's data, which may be other data the next time.
        return CompiledExperiment(experiment, stop)
    how = (os.environ.get("ECHOSPAN_KERNELS"), jax.config.read("jax_enable_x64"))
    key = (CompiledExperiment.shape(experiment), how)
    compiled = _kept.experiments.get(key) or CompiledExperiment(experiment, stop)
    _kept.experiments[key] = compiled
    _kept.experiments.move_to_end(key)
    while len(_kept.experiments) > KEPT:
        _kept.experiments.popitem(last=False)
    return compiled


class CompiledExperiment:
    """Everything of an experiment that can be compiled once and used for many seeds.

    Attributes:
        experiment: The experiment that it was made for.
        inputs: How sequences are given to the model.
        readout: How its outputs are scored and read.
        model: A Keras model; a template, with the initial weights of that experiment.
        trainer: Trains it.
        evaluator: Judges it on new sequences, or on the held-out part of a series, step by step.
        validator: Judges it during training: the evaluator, or one that draws sections of the
            series.
        programs: What else was compiled for its model, by name.
    """

    @naming_what_to_lower()
    def __init__(self, experiment: Experiment, stop: Callable[[], bool] | None = None) -> None:
        keras_on_jax()
        self.experiment = experiment
        self.programs: dict[str, Any] = {}
        self._plan = experiment.plan()
        self._signature = experiment.signature(self._plan)
        self.inputs = experiment.model.input_for(self._signature)
        self.readout = experiment.model.readout_for(self._signature)
        self._source = Drawn(
            task=experiment.task,
            plan=self._plan,
            inputs=self.inputs,
            readout=self.readout,
            shuffle=experiment.training.shuffle,
        )
        self.model = self.build(experiment, stop)
        self.trainer = Trainer(self.model, self._source, experiment.reset_state)
        self._ridge = RidgeReadout(self.model, self._source, experiment.reset_state)
        drawn = Drawn(
            task=experiment.task,
            plan=experiment.evaluation_plan(),
            inputs=self.inputs,
            readout=self.readout,
            part="evaluation",
        )
        self.validator = self.evaluator = self._judging(drawn, experiment.evaluation.sequences)
        scored = np.unique(drawn.plan.target_position)
        sections = experiment.task.held_out_sections(
            scored[scored >= 0], experiment.evaluation.sequences
        )
        if sections is not None:
            held_out = HeldOutSource(
                drawn.task, drawn.plan, self.inputs, self.readout, "evaluation", sections=sections
            )
            self.evaluator = self._judging(held_out, len(sections.starts))

    def _judging(self, source: Drawn, sequences: int) -> Evaluator:
        every_layer = self.experiment.framing.carries_when_evaluated
        return Evaluator(self.model, source, every_layer=every_layer, sequences=sequences)

    @staticmethod
    def shape(experiment: Experiment) -> str:
        """Equal for experiments that the same compiled programs can run."""
        training = experiment.training.replace(learning_rate=0.001, epochs=0)
        return experiment.replace(seed=0, training=training).fingerprint

    @property
    def parameters(self) -> int:
        """Trainable numbers."""
        return sum(int(np.prod(v.shape)) for v in self.model.trainable_variables)

    @property
    def updates_per_epoch(self) -> int:
        """Weight updates in one epoch."""
        return self._plan.updates

    @naming_what_to_lower()
    def start(self, experiment: Experiment, stop: Callable[[], bool] | None = None) -> TrainState:
        """Initial values for an experiment of this shape: its seed, its learning rate.

        Raises:
            Halted: `stop`, which is asked while weights are drawn, said so.
        """
        import jax.numpy as jnp

        with drawing(stop):
            drawn = variables(self._initial(experiment))
        optimizer = self.model.optimizer
        rate = jnp.float32(experiment.training.learning_rate)
        # Optimizers and metrics start alike for every seed: only the weights are drawn anew.
        return copy(
            TrainState(
                trainable=[variable.value for variable in drawn.trainable],
                non_trainable=[variable.value for variable in drawn.non_trainable],
                optimizer=[
                    rate if variable is internals.learning_rate(optimizer) else variable.value
                    for variable in optimizer.variables
                ],
                metrics=[variable.value for variable in self.model.metrics_variables],
                states=[variable.value for variable in drawn.states],
            )
        )

    def _initial(self, experiment: Experiment) -> keras.Model:
        if experiment.seed == self.experiment.seed:
            return self.model
        return experiment.model.build(self._signature, Init(experiment.seed))

    def build(self, experiment: Experiment, stop: Callable[[], bool] | None = None) -> keras.Model:
        """A new Keras model, compiled and with all its variables made.

        Raises:
            Halted: `stop`, which is asked while weights are drawn, said so.
        """
        import jax
        import keras

        with drawing(stop):
            model = experiment.model.build(self._signature, Init(experiment.seed))
        training = experiment.training
        optimizer = keras.optimizers.get(
            {
                "class_name": training.optimizer,
                "config": {
                    "learning_rate": training.learning_rate,
                    "global_clipnorm": training.clip_norm,
                },
            }
        )
        model.compile(optimizer, self.readout.loss(), weighted_metrics=self.readout.metrics())
        # Makes the metrics' and the optimizer's variables, as Keras's own `fit` does.
        internals.build(model, tuple(jax.eval_shape(self._source.example)))
        return model

    def fit_readout(
        self,
        values: TrainState,
        experiment: Experiment,
        stop: Callable[[], bool] | None = None,
    ) -> TrainState:
        """The values with the readout solved in closed form, on the data of all epochs.

        Raises:
            Halted: `stop`, which is asked between pieces of work, said so.
        """
        return self._ridge.fit(
            values,
            stream(experiment.seed, "data"),
            stream(experiment.seed, "validation"),
            epochs=experiment.training.epochs,
            stop=stop,
        )

    @naming_what_to_lower()
    def judge(
        self,
        values: TrainState,
        seed: int,
        name: Stream = "evaluation",
        stop: Callable[[], bool] | None = None,
    ) -> Answers:
        """The model's answers on new sequences of the stream called `name`.

        Raises:
            Halted: `stop`, which is asked between pieces of work, said so.
        """
        return self.evaluator.run(values, stream(seed, name), stop)
