"""One update of a Keras model as a pure function, and one forward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from echospan.engine import keras_internals as internals
from echospan.engine.kernels import fused
from echospan.engine.values import TrainState, mapping, variables, zero_states

if TYPE_CHECKING:
    import keras


class Batch(NamedTuple):
    """What one update learns from; trees of arrays with the rows of the batch first."""

    x: Any
    y: Any
    weight: Any = None


def forward(model: keras.Model, values: TrainState, x: Any) -> tuple[Any, TrainState]:
    """The model's outputs as in inference, and the values with the states carried on."""
    import keras

    with keras.StatelessScope(mapping(model, values)) as scope:
        outputs = _call(model, x, training=False)
        own = variables(model)
        return outputs, values._replace(
            # Seeds of layers that draw at random in inference too.
            non_trainable=_current(scope, own.non_trainable, values.non_trainable),
            states=_current(scope, own.states, values.states),
        )


def loss_of(model: keras.Model, values: TrainState, batch: Batch) -> tuple[Any, Any, TrainState]:
    """Outputs and loss as in evaluation, and the values with metrics and states carried on."""
    import keras

    with keras.StatelessScope(mapping(model, values), collect_losses=True) as scope:
        outputs = _call(model, batch.x, training=False)
        loss = _loss(model, batch, outputs, training=False)
        _update_metrics(model, batch, outputs, loss)
        own = variables(model)
        return (
            outputs,
            loss,
            values._replace(
                non_trainable=_current(scope, own.non_trainable, values.non_trainable),
                metrics=_current(scope, own.metrics, values.metrics),
                states=_current(scope, own.states, values.states),
            ),
        )


def update(model: keras.Model, values: TrainState, batch: Batch) -> TrainState:
    """One step of the model's optimizer on one batch: what Keras's `train_on_batch` does.

    The gradient does not reach into the batch before: the carried states come in as constants.
    """
    import jax
    import keras

    own = variables(model)

    def objective(trainable: list[Any]) -> tuple[Any, TrainState]:
        inside = values._replace(trainable=trainable)
        with keras.StatelessScope(mapping(model, inside), collect_losses=True) as scope:
            outputs = _call(model, batch.x, training=True)
            loss = _loss(model, batch, outputs, training=True)
            _update_metrics(model, batch, outputs, loss)
            # Mixed precision on float16 scales the loss by a value that the optimizer keeps.
            scaled = model.optimizer.scale_loss(loss)
            return scaled, TrainState(
                trainable=[],
                non_trainable=_current(scope, own.non_trainable, values.non_trainable),
                optimizer=[],
                metrics=_current(scope, own.metrics, values.metrics),
                states=_current(scope, own.states, values.states),
            )

    after: TrainState
    gradients, after = jax.grad(objective, has_aux=True)(values.trainable)
    trainable, optimizer = model.optimizer.stateless_apply(
        values.optimizer, gradients, values.trainable
    )
    return after._replace(trainable=list(trainable), optimizer=list(optimizer))


def over_epoch(
    step: Callable[[TrainState, Any], TrainState],
    values: TrainState,
    epoch: tuple[Any, Any | None],
    *,
    reset: bool,
) -> TrainState:
    """The values after a step on each batch of an epoch, inside a compiled program.

    Args:
        step: From values and one batch of a source to the values after it.
        values: Those before the first batch.
        epoch: As `Source.epoch` gives it: the batches, and what is left over.
        reset: Whether carried states return to zero before each batch.
    """
    import jax

    def one(values: TrainState, raw: Any) -> tuple[TrainState, None]:
        return step(zero_states(values) if reset else values, raw), None

    batches, rest = epoch
    if batches is not None:
        values, _ = jax.lax.scan(one, values, batches)
    if rest is not None:
        values, _ = one(values, rest)
    return values


def over_some(
    step: Callable[[TrainState, Any], TrainState],
    values: TrainState,
    batches: Any,
    first: Any,
    count: Any,
    *,
    reset: bool,
) -> TrainState:
    """The values after a step on some of an epoch's batches: `count` of them, from `first` on.

    How many are an argument of the compiled program. What else there is to say is said of
    `over_epoch`.
    """
    import jax

    def one(index: Any, values: TrainState) -> TrainState:
        raw = jax.tree.map(lambda array: array[index], batches)
        return step(zero_states(values) if reset else values, raw)

    after: TrainState = jax.lax.fori_loop(first, first + count, one, values)
    return after


def results(model: keras.Model, values: TrainState) -> dict[str, Any]:
    """The metrics' results, by the names under which Keras's history has them."""
    import keras

    with keras.StatelessScope(mapping(model, values)):
        return dict(model.get_metrics_result())


def _call(model: keras.Model, x: Any, *, training: bool) -> Any:
    with fused():
        return model(x, training=training) if internals.takes_training(model) else model(x)


def _loss(model: keras.Model, batch: Batch, outputs: Any, *, training: bool) -> Any:
    # By way of Keras's wrapper: a user's own compute_loss may not take `training`.
    with fused():
        return internals.compute_loss(
            model, batch.x, batch.y, outputs, batch.weight, training=training
        )


def _update_metrics(model: keras.Model, batch: Batch, outputs: Any, loss: Any) -> None:
    import jax

    rows = jax.tree.leaves(batch.x)[0].shape[0]
    internals.loss_tracker(model).update_state(loss, sample_weight=rows)
    with fused():
        model.compute_metrics(batch.x, batch.y, outputs, batch.weight)


def _current(scope: keras.StatelessScope, own: list[Any], before: list[Any]) -> list[Any]:
    values = [scope.get_current_value(variable) for variable in own]
    return [old if new is None else new for new, old in zip(values, before, strict=True)]
