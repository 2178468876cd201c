"""Words that every form of a memory spec sheet shares: terminal, page and figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from echospan.report.values import count, mapping, number, plural

STANDINGS = {
    "at-bound": "the state's size is the bound: proved",
    "plateau": "it stayed there while more was asked: measured, not proved",
    "falls": "it falls while more is asked, which no limit of the state's size explains",
    "open": "whether its state could hold more is undecided",
    "not-reached": "no lag failed",
}
"""What the capacity's standing means."""

KNOWN = "about one real number a unit is known (Collins et al. 2017)"

BY_CONSTRUCTION = ("limited-by-receptive-field", "limited-by-fixed-dynamics")
"""Verdicts that say already why no more is held."""


def distance_of(sheet: Mapping[str, Any]) -> str:
    """What the sheet's task calls a lag."""
    return str(sheet.get("distance", "lag"))


def failed(sheet: Mapping[str, Any]) -> str:
    """The smallest lag that failed."""
    return count(sheet.get("first_failed"), "none")


def bits(value: Any) -> str:
    """A number of bits."""
    found = number(value)
    return "–" if found is None else f"{found:,.1f}" if found < 1000 else f"{found:,.0f}"


def rates_tried(row: Mapping[str, Any]) -> str:
    """Learning rates that raced at one lag, with the seeds of each; empty where none did."""
    seeds = mapping(row.get("tried_seeds"))
    if len(seeds) < 2:
        return ""
    return ", ".join(f"{rate} ({plural(int(n), 'seed')})" for rate, n in seeds.items())


def capacity(sheet: Mapping[str, Any]) -> str:
    """The most that answers prove to be held, how that stands to a bound, and what is known."""
    found = mapping(sheet.get("capacity"))
    most = number(found.get("most"))
    if most is None:
        return ""
    parts = [f"answers prove {bits(most)} bits held at lag {count(found.get('most_at'))}"]
    each = number(found.get("symbols_per_number"))
    if each is not None and sheet.get("learns") == "gradient":
        parts.append(f"{each:.2g} symbols a number of state, where {KNOWN}")
    if sheet.get("verdict_code") not in BY_CONSTRUCTION:
        parts.append(STANDINGS.get(str(found.get("standing")), ""))
    return "; ".join(part for part in parts if part)
