"""`tour`: the four parts of the tutorial from end to end, and three more experiments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echospan.cli.options import (
    JsonOption,
    SeedOption,
    StoreOption,
    open_store,
)
from echospan.cli.printing import out, print_json

if TYPE_CHECKING:
    from echospan.recipe import Recipe
    from echospan.report.objects import RunResult
    from echospan.runner import Session


def tour(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The report file (default: in the store).")
    ] = None,
    seed: SeedOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Run the tutorial from start to end and write a report."""
    from rich.text import Text

    from echospan.cli.progress import Bar
    from echospan.cli.runs import with_checks
    from echospan.report import RunView, write_report
    from echospan.report.files import check_output
    from echospan.runner import Session, Stop

    if output is not None:
        check_output(output, "--output")
    console = out()
    stop = Stop()
    views, results = [], []
    with open_store(store) as opened:
        path = output or opened.path / "tour.html"
        check_output(path, "--output")
        for place in stops(seed or 0):
            # A bar of its own for each: what is printed between them stays in order.
            with Bar() as bar, stop.on_interrupt():
                result = place.run(Session(opened, bar, stop))
            results.append(result)
            views.append(RunView.from_run(opened.get(result.run_id), intro=place.intro))
            if not json:
                console.rule(Text(place.title, style="bold"))
                console.print(place.intro, highlight=False)
                result.print(console)
                console.print()
        write_report(
            with_checks(views),
            path,
            title="Teaching a network to echo",
            intro="All numbers on this page were measured on this machine.",
        )
    if json:
        print_json({"report": str(path), "runs": [result.to_dict() for result in results]})
    else:
        console.print(f"Report: {path}", highlight=False, soft_wrap=True)


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
        from echospan.runner.study import run_recipe

        return run_recipe(session, self.recipe, self.settings, variants=self.variants)[0]


def stops(seed: int) -> Iterator[Place]:
    """The stops in order."""
    from echospan.recipe import find

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
