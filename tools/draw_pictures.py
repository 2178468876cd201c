"""Draw the README's pictures, docs/pictures/*.svg, from real runs: learn, diagnose, measure.

    make pictures                      # all three, a few minutes
    python tools/draw_pictures.py learn

Each is one SVG that follows light and dark mode. Runs go into a store that is thrown away.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import textwrap
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "pictures"
TEMPLATES = ROOT / "src" / "echospan" / "report" / "templates"
WIDE, MARGIN, LINE, LETTERS = 518.4, 16.0, 14.0, 88
"""Width of a figure, space around, distance of lines in points; letters in a line of text."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', Verdana, sans-serif"
MODELS = ("lstm", "simple-rnn", "tcn")
LAGS = (1, 2, 4, 8, 16)
SHOWN_STEPS = 16


def main() -> None:
    """Draw those that were named, else all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("names", nargs="*", help=f"Of {', '.join(PICTURES)}; by default all.")
    chosen = parser.parse_args().names or list(PICTURES)
    if unknown := set(chosen) - set(PICTURES):
        parser.error(f"names must be among {', '.join(PICTURES)}; got {', '.join(unknown)}.")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="echospan-pictures-") as folder:
        os.environ["ECHOSPAN_STORE"] = folder
        for name in chosen:
            path = FOLDER / f"{name}.svg"
            path.write_text(PICTURES[name](), encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


def learn() -> str:
    """A sequence echoed from memory, and the four cells of the beginner's mistake."""
    import echospan
    from echospan.report import figures

    echo = echospan.run("stream")
    mistake = echospan.run("mistake", variants=True)
    assert mistake.grid is not None
    assert echo.accuracy is not None
    assert echo.accuracy > 0.99, "the picture shows a network that echoes"
    expected, predicted, inputs = (
        (column or ())[:SHOWN_STEPS] for column in (echo.expected, echo.predicted, echo.inputs)
    )
    return picture(
        "Above, a sequence of numbers echoed one step later by an LSTM. Below, the same task "
        "framed in four ways: only one of them is learned.",
        heading("The previous number, from memory", "echospan run stream"),
        drawn(figures.expected_against_predicted(expected, predicted, inputs, 1), "echo"),
        heading("The same task in four framings: one is learned", "echospan run mistake"),
        drawn(figures.grid(mistake.grid, mistake.variants, mistake.chance), "grid"),
    )


def diagnose() -> str:
    """What a check says of a model that cannot learn, with its reach map."""
    from echospan.doctor.experiments import check_experiment
    from echospan.experiment import Experiment
    from echospan.recipe import find
    from echospan.report.figures import reach_map

    report = check_experiment(Experiment.from_dict(find("mistake").experiment))
    assert not report.ok
    told = []
    for finding in report.findings:
        told.append(words(f"{finding.severity}: {finding.code}", "bold", "--warn"))
        told.append(words(finding.message))
    return picture(
        "A check before training: two findings with the rows that show them, and a map of which "
        "past inputs reach the output. The needed one does not.",
        heading("Why it doesn't learn, before training", "echospan run mistake --check"),
        *told,
        drawn(reach_map(report.reach, report.needs_lag.lag), "reach"),
    )


def measure() -> str:
    """Accuracy by lag of several models of one size, with their spans."""
    import echospan

    compared = echospan.compare(
        list(MODELS), symbols=4, params=1000, lags=list(LAGS), protocol="quick-1"
    )
    return picture(
        "Accuracy by lag of three models with about 1,000 parameters each, with intervals and "
        "single seeds; the legend names each model's span.",
        heading("How far back each model remembers", f"echospan compare {' '.join(MODELS)}"),
        drawn(compared.figure(), "compare"),
    )


PICTURES: dict[str, Callable[[], str]] = {"learn": learn, "diagnose": diagnose, "measure": measure}

Part = Callable[[float], tuple[str, float]]
"""From the height at which it begins to its markup and the height at which it ends."""


def heading(text: str, command: str) -> Part:
    """What a part shows, and the command that does."""

    def draw(top: float) -> tuple[str, float]:
        at = top + 22
        return (
            f'<text x="{MARGIN}" y="{at:g}" class="heading">{escape(text)}</text>'
            f'<text x="{WIDE + MARGIN:g}" y="{at:g}" class="command">{escape(command)}</text>',
            at + 10,
        )

    return draw


def words(text: str, weight: str = "normal", colour: str = "--fig-ink") -> Part:
    """A paragraph in lines."""

    def draw(top: float) -> tuple[str, float]:
        lines = textwrap.wrap(text, LETTERS)
        made = "".join(
            f'<text x="{MARGIN:g}" y="{top + LINE * place:g}" font-weight="{weight}" '
            f'style="fill: var({colour})">{escape(line)}</text>'
            for place, line in enumerate(lines, 1)
        )
        return made, top + LINE * len(lines) + 3

    return draw


def drawn(figure: Figure, name: str) -> Part:
    """One of echospan's figures, in the colours of the page."""
    from echospan.report.figures.save import inline_svg

    def draw(top: float) -> tuple[str, float]:
        made = inline_svg(figure, name, "")
        size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', made)
        assert size is not None
        place = f'<svg x="{MARGIN:g}" y="{top:g}" width="{size[1]}" height="{size[2]}" {size[0]}>'
        return place + re.sub(r"^<svg[^>]*>", "", made), top + float(size[2])

    return draw


def picture(alt: str, *parts: Part) -> str:
    """The parts below each other on a ground that follows the mode."""
    body, top = [], MARGIN - 8
    for part in parts:
        made, top = part(top)
        body.append(made)
    wide, tall = WIDE + 2 * MARGIN, top + MARGIN - 6
    ground = f'<rect width="{wide:g}" height="{tall:g}" rx="10" style="fill: var(--fig-paper)"/>'
    return in_either_mode(wide, tall, alt, "\n".join([ground, *body]))


def alone(figure: str) -> str:
    """A figure of a page or a card as a picture of its own."""
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', figure)
    alt = re.search(r'aria-label="([^"]*)"', figure)
    assert size is not None
    wide, tall = float(size[1]), float(size[2])
    ground = f'<rect width="{wide:g}" height="{tall:g}" rx="10" style="fill: var(--fig-paper)"/>'
    body = re.sub(r"^<svg[^>]*>|</svg>$", "", figure.strip())
    return in_either_mode(wide, tall, unescape(alt[1]) if alt else "A figure", ground + body)


def in_either_mode(wide: float, tall: float, alt: str, body: str) -> str:
    """An SVG file whose colours follow light and dark mode; sizes in points."""
    import jinja2

    loader = jinja2.FileSystemLoader(TEMPLATES)
    colours = jinja2.Environment(loader=loader).get_template("colours.css").module
    light, dark = (" ".join(str(getattr(colours, mode)()).split()) for mode in ("light", "dark"))
    style = (
        f":root {{ {light} }} @media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }} "
        "text { fill: var(--fig-ink) } .heading { font-size: 13px; font-weight: bold } "
        ".command { font: 10px ui-monospace, Menlo, Consolas, monospace; text-anchor: end; "
        "fill: var(--muted) }"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {tall:g}" width="{wide:g}" '
        f'height="{tall:g}" role="img" aria-label="{escape(alt)}" font-family="{FONT}" '
        f'font-size="10">\n<title>{escape(alt)}</title>\n<style>{style}</style>\n{body}\n</svg>\n'
    )


if __name__ == "__main__":
    main()
