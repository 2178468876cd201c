"""CogScale's echo cell, by echospan and by a plain PyTorch loop, epoch by epoch in turn.

The cell is `discrete_postcasting`, medium, LSTM with 10,000 parameters, one learning rate, one
seed: 1,000 sequences of 100 steps, batches of 10, Adam, a validation after every epoch, an end when
its error has not fallen for 10 epochs, the values of the best epoch judged on the test data. Both
start from the same weights. The loop is in PyTorch's favour: data as tensors beforehand, gradients
set to None, a fused Adam, no DataLoader, one thread, as the sizes are too small for more.

    taskset -c 1 python -m benchmarks.cogscale_echo --epochs 200

Needs the extras `cogscale` and `torch`. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

TASK, UNITS = "discrete_postcasting", 44


def ours(
    data: Any, start: list[np.ndarray], rate: float, epochs: int, found: dict[str, Any]
) -> Any:
    """Epoch by epoch; the first `next` compiles."""
    from echospan.engine.scorer import Scorer
    from echospan.engine.source import Arrays
    from echospan.engine.trainer import Trainer
    from echospan.engine.values import copy, read
    from echospan.random import stream
    from studies.cogscale.networks import BATCH, Network
    from studies.cogscale.patience import Run

    model = Network(TASK, "lstm", UNITS).build(seed=0, rate=rate)
    model.set_weights(start)
    trainer = Trainer(model, Arrays(data.train, BATCH, shuffle=True))
    valid, test = (
        Scorer(model, Arrays(part, 200, shuffle=False)) for part in (data.valid, data.test)
    )
    values = read(model)
    trainer.compile(values)
    for scorer in (valid, test):
        scorer.run(values)

    def error(scorer: Any, values: Any) -> float:
        return 1 - float(scorer.run(values)[0]["accuracy"])

    yield math.nan
    run, best = Run(0, rate), values
    for epoch in range(epochs):
        values = trainer.run(
            values, stream(0, "data"), epochs=epoch + 1, first_epoch=epoch, epochs_per_call=1
        )
        now = error(valid, values)
        if now < run.best.valid:
            best = copy(values)
        done = run.note(epoch + 1, now)
        yield now
        if done:
            break
    found |= {"epochs": run.epochs, "valid": run.best.valid, "test": error(test, best)}


def theirs(data: Any, rate: float, epochs: int, found: dict[str, Any]) -> Any:
    """The same as a plain loop; what comes first is its start in Keras's layout."""
    import torch

    from studies.cogscale.networks import BATCH
    from studies.cogscale.patience import Run

    torch.set_num_threads(1)
    torch.manual_seed(0)
    lstm = torch.nn.LSTM(data.train.x.shape[-1], UNITS, batch_first=True)
    readout = torch.nn.Linear(UNITS, data.outputs)
    both = torch.nn.ModuleList([lstm, readout])
    optimizer = torch.optim.Adam(both.parameters(), lr=rate, fused=True)

    def tensors(part: Any) -> Any:
        return torch.tensor(part.x), torch.tensor(part.y).long(), torch.tensor(part.weight) > 0

    train, valid, test = (tensors(part) for part in (data.train, data.valid, data.test))

    def error(part: Any) -> float:
        x, y, scored = part
        with torch.no_grad():
            return float((readout(lstm(x)[0])[scored].argmax(-1) != y[scored]).float().mean())

    keras_layout = [
        lstm.weight_ih_l0.T,
        lstm.weight_hh_l0.T,
        lstm.bias_ih_l0 + lstm.bias_hh_l0,
        readout.weight.T,
        readout.bias,
    ]
    yield [part.detach().numpy().copy() for part in keras_layout]
    run, best = Run(0, rate), both.state_dict()
    for epoch in range(epochs):
        order = torch.randperm(len(train[0]))
        for first in range(0, len(order), BATCH):
            x, y, scored = (part[order[first : first + BATCH]] for part in train)
            logits = readout(lstm(x)[0])
            loss = torch.nn.functional.cross_entropy(logits[scored], y[scored])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        now = error(valid)
        if now < run.best.valid:
            best = {name: part.clone() for name, part in both.state_dict().items()}
        done = run.note(epoch + 1, now)
        yield now
        if done:
            break
    both.load_state_dict(best)
    found |= {"epochs": run.epochs, "valid": run.best.valid, "test": error(test)}


def timed(side: Iterator[Any], times: list[float]) -> bool:
    """One epoch; False when there is none left."""
    began = time.perf_counter()
    more = next(side, None) is not None
    if more:
        times.append(time.perf_counter() - began)
    return more


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--rate", type=float, default=0.003)
    given = parser.parse_args()
    from studies.cogscale.data import load

    data = load(TASK, 0)
    results: dict[str, dict[str, Any]] = {"echospan": {}, "torch": {}}
    loop = theirs(data, given.rate, given.epochs, results["torch"])
    start = next(loop)
    began = time.perf_counter()
    own = ours(data, start, given.rate, given.epochs, results["echospan"])
    next(own)
    results["echospan"]["compile_seconds"] = time.perf_counter() - began
    sides = {"echospan": own, "torch": loop}
    times: dict[str, list[float]] = {name: [] for name in sides}
    left = list(sides)
    while left:
        left = [name for name in left if timed(sides[name], times[name])]
    for name, each in times.items():
        results[name] |= {
            "seconds": sum(each),
            "epoch_ms": {"min": 1000 * min(each), "median": 1000 * float(np.median(each))},
        }
    ratio = {
        kind: results["torch"]["epoch_ms"][kind] / results["echospan"]["epoch_ms"][kind]
        for kind in ("min", "median")
    }
    print(json.dumps({**results, "times_faster": ratio, "rate": given.rate}, indent=2))


if __name__ == "__main__":
    main()
