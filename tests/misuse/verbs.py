"""Valid calls of `span`, `compare`, `run`, `conform`, `needs` and `explain`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import echospan
from misuse.attempt import Call
from misuse.hostile import HUGE
from misuse.models import SETTINGS, Summed, streaming_model


def verbs(folder: Path) -> Iterator[Call]:
    """`span`, `compare`, `run`, `conform`, `explain`."""
    yield Call(
        "span",
        lambda: (
            echospan.span,
            {
                "model": "last-value", "task": "echo", "symbols": 4, "lags": [0], "largest": 5,
                "budget": "5s", "seeds": 1, "seed": 0, "rates": [0.01], "updates": 20,
                "batch_size": 4, "threshold": 0.9, "confidence": 0.9, "trust": False,
                "stop": lambda: False,
            },
        ),
        more=("units", "params", "settings", "observer"),
        skip={
            # Sound, and takes as long as it says. What a function of the user raises is theirs.
            "stop": ("raising call", "function"),
            "updates": HUGE, "seeds": HUGE, "batch_size": HUGE, "largest": HUGE,
        },
        called={
            "task": ("task.kind",), "params": ("parameters",), "units": ("model.units",),
            "settings": ("model.zzz", "model.kind", "zzz", "kind"),
        },
    )  # fmt: skip
    yield Call(
        "span of a built-in model with a width",
        lambda: (
            echospan.span,
            {
                "model": "gru", "units": 2, "settings": {"layers": 1}, "symbols": 2, "lags": [1],
                "budget": 20, "stop": lambda: True, "task": {"kind": "copy", "items": 2},
            },
        ),
        more=("params",),
        skip={"units": HUGE, "stop": ("raising call", "function"), "params": HUGE},
        called={
            "params": ("parameters",), "units": ("model.units",),
            "task": ("task.kind", "task.zzz"),
            "settings": ("model.zzz", "model.kind", "zzz", "kind")},
    )  # fmt: skip
    yield Call(
        "span of a function",
        lambda: (
            echospan.span,
            {
                "model": lambda symbols: streaming_model(symbols),
                "symbols": 2,
                "lags": [1],
                "budget": 1,
            },
        ),
        # A function may make a model of so many symbols, or not.
        more=("units", "params", "settings"),
        called={"settings": ("model.zzz", "zzz", "kind", "model"), "symbols": ("model",)},
    )
    yield Call(
        "compare",
        lambda: (
            echospan.compare,
            {
                "models": ["last-value", "chance"], "symbols": 4, "lags": [0], "seeds": 1,
                "budget": "5s", "stop": lambda: False, "task": "echo", "trust": False,
            },
        ),
        more=("units", "params", "settings", "observer", "rates", "seed", "nonsense", "batch_size"),
        skip={"seeds": HUGE, "batch_size": HUGE},
        called={"models": ("model",), "task": ("task.kind",), "settings": ("zzz", "kind")},
    )  # fmt: skip
    yield Call(
        "run",
        lambda: (
            echospan.run,
            {
                "what": "stream", "settings": dict(SETTINGS), "variants": False,
                "store": folder / "run", "trust": False,
            },
        ),
        called={
            "what": ("recipe", "no/such/file.toml", "no_such_file.py", "RECIPE", "file"),
            "settings": ("zzz", "kind"), "store": ("the store",),
        },
    )  # fmt: skip
    yield Call(
        "Client",
        lambda: (
            echospan.Client, {"url": "http://127.0.0.1:9", "token": "letters", "timeout": 1.0},
        ),
    )  # fmt: skip
    yield Call(
        "conform",
        lambda: (
            echospan.conform,
            {
                "model": Summed(), "checks": ["repeat", "chunks"], "allow": ["chunks"],
                "strict": False, "weights": "own", "trust": False, "stop": lambda: False,
            },
        ),
        more=("features", "symbols", "observer"),
        skip={"stop": ("raising call", "function")},
            )  # fmt: skip
    yield Call(
        "needs",
        lambda: (
            echospan.needs,
            {
                "series": list("ab" * 30), "target": 0, "horizon": 1, "columns": [],
                "kind": "symbols", "lookbacks": [1], "splits": "blocks", "unit": "char",
                "seed": 0, "stop": lambda: False,
            },
        ),
        more=("time", "by", "observer"),
        skip={"stop": ("raising call", "function", "own class", "everything")},
        called={
            "series": ("file", "an array", "does not exist", "opened", "directory", "device"),
            "horizon": ("horizon", "lookback"), "lookbacks": ("lookback",),
        },
    )  # fmt: skip
    yield Call(
        "sweep",
        lambda: (
            echospan.sweep,
            {
                "what": {"recipe": "stream", "sweep": {"seed": [0, 1]}}, "store": folder / "sweep",
                "executor": "pool", "workers": 1, "time_limit": 5.0, "dry_run": True,
                "trust": False, "stop": lambda: False,
            },
        ),
        more=("retry", "ready", "observer"),
        skip={"stop": ("raising call", "function", "own class", "everything")},
        called={
            "what": ("sweep", "recipe", "file", "no/such/file.toml", "no_such_file.py", "zzz",
                "kind"),
            "store": ("the store",), "ready": ("parquet",),
        },
    )  # fmt: skip
    yield Call("explain", lambda: (echospan.explain, {"what": "no-signal"}), called={
        "what": ("SYMPTOM", "code"),
    })  # fmt: skip
