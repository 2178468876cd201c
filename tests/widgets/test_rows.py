"""The arithmetic of the picture is that of `echospan.framings.sights`."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from echospan.framings import PerStep, Plan, Window, reach, sights
from echospan.framings.base import time_major
from echospan.tasks import Echo

from .javascript import run

SETTINGS = [
    {
        "length": length, "batch_size": rows, "window": window, "lag": lag,
        "rows": layout, "reset": reset, "shuffle": shuffle, "step": 0,
    }
    for length, rows, window, lag, layout, reset, shuffle in itertools.product(
        (9, 24), (1, 2, 5), (1, 2, 6), (0, 1, 3, 7), ("consecutive", "aligned"),
        ("batch", "never"), (False, True),
    )
]  # fmt: skip


def samples_of(settings: dict[str, Any]) -> list[np.ndarray]:
    """Inputs and targets of all samples as the framings of the project order them."""
    task = Echo(symbols=4, length=settings["length"], lag=settings["lag"])
    window, aligned = settings["window"], settings["rows"] == "aligned"
    sequences = settings["batch_size"] if aligned else 1
    if window > 1:
        samples = Window(window=window, force=True).samples(task)
        pairs = [time_major(one, sequences) for one in (samples.inputs, samples.targets)]
    else:
        framing = PerStep(rows=settings["rows"])
        pairs = list(framing.order(framing.samples(task), sequences))
    return [one[..., 0] * task.steps + one[..., 1] for one in pairs]


def plan_of(settings: dict[str, Any], samples: list[np.ndarray], order: list[int]) -> Plan:
    """These samples in batches, a last partial one left out."""
    ordered = [one[np.array(order, int)] if settings["shuffle"] else one for one in samples]
    rows, steps = settings["batch_size"], settings["length"]
    count = len(ordered[0]) // rows
    inputs, targets = (one[: count * rows].reshape(count, rows, one.shape[1]) for one in ordered)
    sequences = rows if settings["rows"] == "aligned" else 1
    return Plan(inputs, targets, sequences, steps, steps, "last")


def test_it_agrees_with_the_framings_on_many_settings(tmp_path: Path) -> None:
    samples = [samples_of(settings) for settings in SETTINGS]
    given = [[one, len(own[0])] for one, own in zip(SETTINGS, samples, strict=True)]
    call = (
        "given.map(([one, count]) => { const laid = rows.batches(one); return {"
        "sights: rows.sights(laid, one.reset !== 'batch'), order: rows.shuffled(count) }; })"
    )
    compared = 0
    made = zip(SETTINGS, samples, run(call, given, tmp_path), strict=True)
    for settings, own, got in made:
        plan, lag = plan_of(settings, own, got["order"]), settings["lag"]
        carried = settings["reset"] != "batch"
        wanted = sights(plan, carried=carried)
        seen = [one for batch in got["sights"] for one in batch]
        compared += len(seen)
        assert [(one["step"], set(one["inside"]), set(one["inherited"])) for one in seen] == [
            (one.step, one.inside, one.inherited) for one in wanted
        ], settings
        counted = reach(plan, lag, carried=carried)
        scored = [one for one in seen if one["step"] >= lag]
        blind = [one for one in scored if lag not in (*one["inside"], *one["inherited"])]
        assert (len(scored), len(blind)) == (counted.scored, counted.blind), settings
    assert compared > 5_000


def test_the_orders_are_shuffles_and_stay_the_same(tmp_path: Path) -> None:
    orders = run("given.map((count) => rows.shuffled(count))", [5, 40, 40], tmp_path)
    assert [sorted(order) for order in orders] == [[*range(5)], [*range(40)], [*range(40)]]
    assert orders[1] == orders[2] != sorted(orders[1])


def test_settings_are_brought_within_their_limits(tmp_path: Path) -> None:
    wild = {"length": 1000, "batch_size": 0, "window": "x", "lag": 99, "extra": "<b>"}
    (settled,) = run("[rows.settled(given)]", wild, tmp_path)
    found = {name: settled[name] for name in ("length", "batch_size", "window", "lag")}
    assert found == {"length": 60, "batch_size": 1, "window": 1, "lag": 59}
