"""Train each recipe, export it to ONNX, and write the table of docs/export.md.

    python -m tools.export_table                 # print the table
    python -m tools.export_table --write         # and write it into the page
    python -m tools.export_table --epochs 20     # that it works

Every recipe is trained as it says, without its variants. The table stands between two marks.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from echospan.errors import EchospanError
from echospan.recipe import Shelf, find
from echospan.runner import Session, run_recipe
from echospan.serve import load
from echospan.store import Store

PAGE = Path(__file__).resolve().parent.parent / "docs" / "export.md"
BEGIN, END = "<!-- table of recipes -->\n", "<!-- end of the table -->"

SERIES = "\n".join(["stops", *(str((7 * day + day // 3) % 9) for day in range(400))])
"""A column for the recipe `csv`."""


def rows(folder: Path, epochs: int | None) -> Iterator[str]:
    """A row of the table for each recipe."""
    (folder / "rides.csv").write_text(SERIES)
    with Store(folder / "runs") as store:
        for name in Shelf.ORDER:
            settings: dict[str, Any] = {}
            if name == "csv":
                settings = {"task.data": str(folder / "rides.csv"), "task.column": "stops"}
            if epochs and name != "encode":
                settings["training.epochs"] = epochs
            run_recipe(Session(store), find(name), settings, variants=False)
            trained = load(store.get(f"latest:{name}", kind="run"))
            try:
                made = trained.export_onnx(folder / f"{name}.onnx")
            except EchospanError as error:
                yield f"| `{name}` | | | | | {error} |"
                continue
            form = "one value" if made.stepwise else f"{made.timesteps} values"
            size = made.path.stat().st_size / 1000
            yield (
                f"| `{name}` | {form} | {len(made.states)} | {size:,.0f} kB | {made.compared:,} "
                f"| {made.largest_difference:.1e} |".replace("0.0e+00", "0")
            )


def table(epochs: int | None) -> str:
    """The table in Markdown."""
    head = [
        "| recipe | a call takes | parts of state | file | numbers compared | largest difference |",
        "|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        return "\n".join([*head, *rows(Path(folder), epochs)]) + "\n"


def main() -> None:
    """Print the table, and write it if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--write", action="store_true", help="into docs/export.md")
    parser.add_argument("--epochs", type=int, help="fewer than the recipes say")
    given = parser.parse_args()
    made = table(given.epochs)
    print(made)
    if given.write:
        text = PAGE.read_text("utf-8")
        before, _, rest = text.partition(BEGIN)
        _, mark, after = rest.partition(END)
        if not mark:
            parser.error(f"{PAGE} lacks the marks of the table.")
        PAGE.write_text(f"{before}{BEGIN}{made}{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
