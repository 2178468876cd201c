"""``python -m doctor.street.threads.measure [HALF] [NAME ...]``: train each layout shortly.

Shows that the faulty layout stays bad, or goes wrong as its thread says, and the repaired one
learns. The number is R2 for numbers (0: no better than the best constant) and accuracy for
classes (with the share of the most common class); a case with another says so in `measure`.
Prints one line of JSON a thread.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from typing import Any

import numpy as np

from doctor.street.threads.runner import HALVES, LAYOUTS, load, names


def score(out: np.ndarray, y: np.ndarray, classes_axis: int | None) -> tuple[str, float, float]:
    """(what, value, value of the best constant) for outputs against targets."""
    if classes_axis is not None and out.shape != y.shape:
        y = y.reshape(y.shape[: out.ndim - 1]) if y.ndim == out.ndim else y
        hit = float((out.argmax(classes_axis) == y).mean())
        return "accuracy", hit, float(np.bincount(y.ravel().astype(int)).max() / y.size)
    if out.size != y.size:
        return "R2", float("nan"), 0.0
    y = y.astype("float64").reshape(out.shape)
    if set(np.unique(y)) <= {0.0, 1.0} and out.shape[-1] == 1:
        share = max(y.mean(), 1 - y.mean())
        return "accuracy", float(((out > 0.5) == (y > 0.5)).mean()), float(share)
    return "R2", float(1 - ((out - y) ** 2).mean() / y.var()), 0.0


def keras_score(module: Any, call: dict[str, Any], layout: str) -> tuple[str, float, float]:
    """Train a Keras layout with its own optimizer."""
    train = dict(module.TRAIN)
    epochs = train.get("fixed_epochs", train["epochs"]) if "fixed" in layout else train["epochs"]
    size = call.get("batch_size") or 32
    model, x, y = call["model"], call["x"], np.asarray(call["y"])
    model.fit(x, y, batch_size=size, epochs=epochs, shuffle=call.get("shuffle", True), verbose=0)
    out = np.asarray(model.predict(x, batch_size=size, verbose=0))
    sparse = "sparse" in str(model.loss).lower()
    if sparse:
        return score(out, y, -1)
    if out.shape == y.shape and out.shape[-1] > 1 and "crossentropy" in str(model.loss):
        keep = y.sum(-1) > 0
        return score(out[keep], y[keep].argmax(-1), -1)
    return score(out, np.asarray(y), None)


def torch_score(module: Any, call: dict[str, Any]) -> tuple[str, float, float]:
    """Train a torch layout with Adam on three quarters, in new batches each epoch; judge the rest.

    A loader is used as it is, and judged on batches drawn anew.
    """
    import torch

    model, loss = call["model"], call.get("loss") or torch.nn.MSELoss()
    x, y = call["x"], call.get("y")
    if y is None:
        draw = test = x.__iter__
    else:
        parts = x if isinstance(x, tuple) else (x,)
        tensors = [torch.as_tensor(np.ascontiguousarray(a)) for a in (*parts, y)]
        size, count = call.get("batch_size", 32), len(tensors[0])
        rows = torch.randperm(count)
        cut = 3 * count // 4

        def batches(among: Any) -> Any:
            among = among[torch.randperm(len(among))]
            for i in range(0, len(among) - size + 1, size):
                yield tuple(a[among[i : i + size]] for a in tensors)

        def draw() -> Any:
            return batches(rows[:cut])

        def test() -> Any:
            return batches(rows[cut:])

    optimizer = torch.optim.Adam(model.parameters(), module.TRAIN["rate"])
    model.train()
    for _ in range(module.TRAIN["epochs"]):
        for *inputs, target in draw():
            optimizer.zero_grad()
            loss(model(*inputs), target).backward()
            optimizer.step()
    model.eval()
    outs, targets = [], []
    with torch.no_grad():
        for *inputs, target in test():
            outs.append(model(*inputs).numpy())
            targets.append(target.numpy())
    out, target = np.concatenate(outs), np.concatenate(targets)
    if target.dtype.kind == "i":
        axis = -1 if out.shape[:-1] == target.shape else 1
        return score(out, target, axis)
    return score(out, target, None)


def measure(half: str, name: str) -> dict[str, Any]:
    """The numbers of one thread's layouts."""
    module = load(half, name)
    shown = {}
    for layout in LAYOUTS:
        if not hasattr(module, layout):
            continue
        if module.API == "check":
            import keras

            keras.utils.set_random_seed(1)
        else:
            import torch

            torch.manual_seed(0)
        call = getattr(module, layout)()
        try:
            if hasattr(module, "measure"):
                if "loop" in call:
                    call["loop"](module.TRAIN["epochs"] if hasattr(module, "TRAIN") else 5)
                what, value = module.measure(call)
                shown[layout] = (what, value, None)
            elif module.API == "check":
                shown[layout] = keras_score(module, call, layout)
            else:
                shown[layout] = torch_score(module, call)
        except Exception as error:
            shown[layout] = (f"{type(error).__name__}: {error}"[:120], float("nan"), None)
    return shown


def main() -> None:
    """Print the numbers of what the arguments name."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    warnings.simplefilter("ignore")
    given = sys.argv[1:]
    for half in HALVES:
        if given and given[0] in HALVES and given[0] != half:
            continue
        wanted = [name for name in given if name not in HALVES]
        for name in names(half):
            if not wanted or name in wanted:
                print(json.dumps({"name": name, "half": half, **measure(half, name)}), flush=True)


if __name__ == "__main__":
    main()
