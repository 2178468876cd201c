"""`python -m studies.needs.detectable`: is the gain that noise would have shown seen so often?

Where no past helps, `needs` names the gain that its test would have seen in 4 of 5 series. Here
series are drawn whose true gain is that, and the test is asked about each.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import typer

from echospan.cli.command import Command
from echospan.cli.main import main
from echospan.cli.printing import print_text, say
from studies.needs.processes import BURN, Series, noise, uniform
from studies.needs.truths import ROOT

LENGTHS = (100, 300, 1_000)
SYMBOLS = 4
PROMISED = 0.8
OFF = 0.1
"""How far the share that is seen may be from what is promised."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def numbers_with(gain: float, seed: int, n: int) -> Series:
    """An autoregression of order 1 whose last value lowers the variance by a share."""
    weight = np.sqrt(gain)
    shocks = np.random.default_rng(seed).normal(size=n + BURN)
    values = np.zeros(n + BURN)
    for t in range(1, n + BURN):
        values[t] = weight * values[t - 1] + shocks[t]
    return values[BURN:]


def bits_saved(repeated: float) -> float:
    """The share of the bits that the last symbol saves, if so many of them are repeated."""
    own = repeated + (1 - repeated) / SYMBOLS
    other = (1 - repeated) / SYMBOLS
    left = -own * np.log2(own) - (SYMBOLS - 1) * other * np.log2(other)
    return float(1 - left / np.log2(SYMBOLS))


def symbols_with(gain: float, seed: int, n: int) -> Series:
    """A Markov chain of 4 symbols, each of which repeats as often as saves a share of the bits."""
    low, high = 0.0, 1.0 - 1e-9
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if bits_saved(middle) < gain else (low, middle)
    rng = np.random.default_rng(seed)
    values = rng.integers(0, SYMBOLS, n)
    again = rng.uniform(size=n) < low
    for t in range(1, n):
        if again[t]:
            values[t] = values[t - 1]
    return values


Draw = Callable[[float, int, int], Series]
KINDS: dict[str, tuple[Callable[[int, int], Series], Draw]] = {
    "numbers": (noise, numbers_with),
    "symbols": (uniform(SYMBOLS), symbols_with),
}


@app.command(cls=Command, epilog="Example: python -m studies.needs.detectable --series 40")
def detectable(
    out: Annotated[Path, typer.Option(help="What was found so far. It is not run again.")] = ROOT
    / "build"
    / "needs-detectable.json",
    noises: Annotated[int, typer.Option(min=1, help="Series of noise that name a gain.")] = 5,
    series: Annotated[int, typer.Option(min=1, help="Series with that gain.")] = 40,
    values: Annotated[list[int] | None, typer.Option(help="A length; left out, all three.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="numbers or symbols; else both.")] = None,
    write: Annotated[Path | None, typer.Option(help="Write the table to this file.")] = None,
) -> None:
    """Draw series with the gain that noise names, and count in how many of them it is seen."""
    from echospan.report.files import check_output, write_whole

    out.parent.mkdir(parents=True, exist_ok=True)
    check_output(out, "--out")
    found: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {}

    def told(key: str, ask: Callable[[], Any]) -> Any:
        if key not in found:
            found[key] = ask()
            write_whole(out, json.dumps(found, indent=1).encode(), "--out")
            say(f"{key:30} {found[key]}")
        return found[key]

    lines = [
        "| values | noise names a gain of | seen in series with the median of these |",
        "|---|---|---:|",
    ]
    for name in kind or KINDS:
        without, having = KINDS[name]
        for n in values or LENGTHS:
            key = f"{name}/{n}"
            gains = [
                told(f"{key}/gain/{seed}", partial(_named, without, seed, n))
                for seed in range(1, noises + 1)
            ]
            # A false alarm names none.
            named = sorted(gain for gain in gains if gain is not None)
            gain = median(named)
            seen = [
                told(f"{key}/{gain:.4f}/{seed}", partial(_seen, having, gain, seed, n))
                for seed in range(1, series + 1)
            ]
            off = "" if abs(sum(seen) / len(seen) - PROMISED) <= OFF else " (off)"
            lines.append(
                f"| {n:,} {name} | {', '.join(f'{one:.1%}' for one in named)} "
                f"| {sum(seen)} of {len(seen)} at {gain:.1%}{off} |"
            )
    text = "\n".join([*lines, ""])
    print_text(text)
    if write is not None:
        write_whole(write, text.encode(), "--write")


def _named(without: Callable[[int, int], Series], seed: int, n: int) -> float | None:
    """The gain that would have been seen in a series of noise."""
    import echospan

    return echospan.needs(without(seed, n), seed=seed).detectable_gain


def _seen(having: Draw, gain: float, seed: int, n: int) -> bool:
    """Whether some past is said to help in a series with that gain."""
    import echospan

    return echospan.needs(having(gain, 1_000 + seed, n), seed=seed).any_past_helps


if __name__ == "__main__":
    main(app=app, name="python -m studies.needs.detectable")
