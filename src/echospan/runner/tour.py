"""The stops of the tour: the tutorial's four parts, and what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from echospan.recipe import Recipe, find
from echospan.report.objects import RunResult
from echospan.runner.session import Session
from echospan.runner.study import run_recipe


@dataclass(frozen=True)
class Place:
    """One stop.

    Attributes:
        recipe: What is run.
        settings: What is different from the recipe.
        title: A heading.
        intro: What to look for.
    """

    recipe: Recipe
    settings: dict[str, Any]
    title: str
    intro: str
    variants: bool = field(default=True)

    def run(self, session: Session) -> RunResult:
        """Run it; the result."""
        return run_recipe(session, self.recipe, self.settings, variants=self.variants)[0]


def stops(seed: int) -> Iterator[Place]:
    """The stops in order."""
    for name in ("encode", "echo", "mistake", "window", "stream", "mlp"):
        recipe = find(name)
        yield Place(recipe, {"seed": seed}, recipe.title, " ".join(recipe.about.split()))
    window = find("window")
    beyond = int(window.experiment["framing"]["window"])
    yield Place(
        window.replace(name="window-beyond"),
        {"seed": seed, "task.lag": beyond, "framing.force": True},
        "The surprise: one lag beyond the window",
        f"The window that was solved above holds lags 0 to {beyond - 1}. Here the same network is "
        f"asked for lag {beyond}: one more. Its state is carried from batch to batch as before.",
    )
