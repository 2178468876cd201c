"""A short training of a sound set-up, to show that it learns."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np

from doctor.street.sound.case import SoundCase, built
from doctor.street.sound.table import Trained


def train(case: SoundCase) -> Trained:
    """Build the case anew, train it, and compare with the best constant answer."""
    given = built(case)
    first, last, constant = _keras(case, given) if case.api == "check" else _torch(case, given)
    return Trained(first, last, constant, datetime.date.today().isoformat())


def _keras(case: SoundCase, given: dict[str, Any]) -> tuple[float, float, float]:
    import keras

    model, x, y = given["model"], given["x"], given.get("y")
    settings = {"batch_size": given.get("batch_size"), "verbose": 0}
    if isinstance(x, keras.utils.PyDataset):
        batches = [x[number] for number in range(len(x))]
        x, y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        settings["batch_size"] = 32
    if given.get("trainer") == "echospan":
        first, last = _carried(case, given)
    else:
        first = float(model.evaluate(x, y, return_dict=True, **settings)["loss"])
        model.fit(x, y, epochs=case.plan.epochs, shuffle=given.get("shuffle", True), **settings)
        last = float(model.evaluate(x, y, return_dict=True, **settings)["loss"])
    if case.plan.constant:
        return first, last, case.plan.constant(y)
    losses, targets = model.loss, y
    if isinstance(y, Mapping):
        losses = [losses[name] if isinstance(losses, Mapping) else losses for name in sorted(y)]
        targets = [y[name] for name in sorted(y)]
    elif isinstance(y, list | tuple):
        losses = losses if isinstance(losses, list | tuple) else [losses] * len(y)
    else:
        losses, targets = [losses], [y]
    constant = sum(best(_name(loss), target) for loss, target in zip(losses, targets, strict=True))
    return first, last, float(constant)


def _carried(case: SoundCase, given: dict[str, Any]) -> tuple[float, float]:
    """Loss before and after training that carries state from batch to batch."""
    import echospan

    model, x, y = given["model"], given["x"], given["y"]
    settings = {"batch_size": given["batch_size"], "reset_state": given["reset_state"]}
    first = echospan.evaluate(model, x, y, **settings)["loss"]
    echospan.fit(model, x, y, epochs=case.plan.epochs, shuffle=False, **settings)
    return float(first), float(echospan.evaluate(model, x, y, **settings)["loss"])


def _torch(case: SoundCase, given: dict[str, Any]) -> tuple[float, float, float]:
    import torch

    model, x, y = given["model"], given["x"], given.get("y")
    size = given.get("batch_size") or 32
    criterion = given.get("loss") or case.plan.loss or torch.nn.MSELoss()
    if isinstance(x, torch.utils.data.DataLoader):
        batches = list(x)
    else:
        count = len(_first(x))
        batches = [_batch(x, y, slice(at, at + size)) for at in range(0, count, size)]
    turned = not given.get("batch_first", True)
    optimizer = torch.optim.Adam(model.parameters(), lr=case.plan.rate)

    def losses(*, update: bool) -> float:
        model.train(update)
        state, found = None, []
        for batch in batches:
            inputs, targets = _divided(batch)
            if turned:
                timed = targets.shape[:2] == _first(inputs).shape[:2]
                inputs, targets = _turned(inputs), _turned(targets) if timed else targets
            answer = _call(model, inputs, state)
            if case.plan.states:
                state = _detached(answer[1])
            several = isinstance(targets, tuple | dict)
            outputs = answer if several or not isinstance(answer, tuple) else answer[0]
            loss = criterion(outputs, targets)
            if update:
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
                optimizer.step()
            found.append(float(loss.detach()))
        return float(np.mean(found))

    def measured() -> float:
        with torch.no_grad():
            return losses(update=False)

    first = measured()
    for _ in range(case.plan.epochs):
        losses(update=True)
    last = measured()
    targets = [_divided(batch)[1] for batch in batches]
    every = targets[0] if not torch.is_tensor(targets[0]) else torch.cat(targets).numpy()
    if case.plan.constant:
        return first, last, case.plan.constant(y if y is not None else every)
    return first, last, best(_name(criterion), np.asarray(every))


def best(name: str, y: Any) -> float:
    """Loss of the best answer that is the same for all samples and steps, by the loss's name."""
    y = np.asarray(y, float)
    if name in ("mse", "mean_squared_error", "mseloss"):
        columns = y.reshape(-1, y.shape[-1]) if y.ndim > 1 else y.reshape(-1, 1)
        return float(columns.var(0).mean())
    if name in ("mae", "mean_absolute_error", "l1loss"):
        return float(np.abs(y - np.median(y)).mean())
    if name in ("binary_crossentropy", "bcewithlogitsloss", "bceloss"):
        columns = y.reshape(-1, y.shape[-1]) if y.ndim > 1 else y.reshape(-1, 1)
        share = columns.mean(0)
        return float(-(share * np.log(share) + (1 - share) * np.log(1 - share)).mean())
    if name == "categorical_crossentropy":
        y = y.argmax(-1)
    elif name not in ("sparse_categorical_crossentropy", "crossentropyloss", "nllloss"):
        raise ValueError(f"the loss {name!r} needs a plan with constant=")
    labels = y[y >= 0].astype(int)
    shares = np.bincount(labels.ravel()) / labels.size
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _name(loss: Any) -> str:
    if isinstance(loss, str):
        return loss
    return str(getattr(loss, "name", None) or type(loss).__name__).lower()


def _first(tree: Any) -> Any:
    if isinstance(tree, Mapping):
        return next(iter(tree.values()))
    return tree[0] if isinstance(tree, tuple) else tree


def _batch(x: Any, y: Any, place: slice) -> Any:
    return _cut(x, place), _cut(y, place)


def _cut(tree: Any, place: slice) -> Any:
    import torch

    if isinstance(tree, Mapping):
        return {name: _cut(part, place) for name, part in tree.items()}
    if isinstance(tree, tuple):
        return tuple(_cut(part, place) for part in tree)
    return torch.as_tensor(tree[place])


def _divided(batch: Any) -> tuple[Any, Any]:
    if isinstance(batch, Mapping):
        name = "labels" if "labels" in batch else "y"
        return {key: part for key, part in batch.items() if key != name}, batch[name]
    return (batch[0] if len(batch) == 2 else tuple(batch[:-1])), batch[-1]


def _turned(tree: Any) -> Any:
    if isinstance(tree, tuple):
        return tuple(_turned(part) for part in tree)
    return tree.swapaxes(0, 1) if tree.ndim > 1 else tree


def _call(model: Any, inputs: Any, state: Any) -> Any:
    more = () if state is None else (state,)
    if isinstance(inputs, Mapping):
        return model(**inputs)
    return model(*inputs, *more) if isinstance(inputs, tuple) else model(inputs, *more)


def _detached(state: Any) -> Any:
    return tuple(_detached(part) for part in state) if isinstance(state, tuple) else state.detach()
