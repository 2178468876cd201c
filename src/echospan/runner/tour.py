"""The stops of the tour: the four parts of the tutorial and three more experiments."""

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
        "One lag beyond the window",
        f"The window above contains lags 0 to {beyond - 1}, and the network solved it. Here the "
        f"target is at lag {beyond}, one step further. The state is carried from batch to batch as "
        "before.",
    )
