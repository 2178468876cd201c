"""The README's pictures: well formed, small, in both modes, with what they are there to show."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tools import draw_pictures

FOLDER = Path(draw_pictures.FOLDER)
SHOWN = {
    "learn": ("scored steps right", "rows aligned", "gradient through the sequence", "chance: 1 %"),
    "diagnose": ("error: state-row-mismatch", "needed", "lag (steps back from the output)"),
    "measure": (
        "threshold, 95 %",
        "chance, 25 %",
        *(f"{name}: span" for name in draw_pictures.MODELS),
    ),
}


@pytest.mark.parametrize("name", draw_pictures.PICTURES)
def test_each_picture_stands_alone_and_is_small(name: str) -> None:
    source = (FOLDER / f"{name}.svg").read_text("utf-8")
    root = ElementTree.fromstring(source)
    assert root.get("aria-label")
    assert len(source) < 64_000
    assert "prefers-color-scheme: dark" in source
    assert "http" not in source.replace("http://www.w3.org/2000/svg", "")
    used = set(re.findall(r"var\(--([\w-]+)", source))
    assert used <= set(re.findall(r"--([\w-]+): #", source))
    ids = re.findall(r'\bid="([^"]*)"', source)
    assert len(ids) == len(set(ids))
    words = " ".join(
        "".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")
    )
    for text in SHOWN[name]:
        assert text in words


def test_there_is_no_other_picture() -> None:
    # Those of the lab are drawn by tools/draw_lab.py.
    found = {path.stem for path in FOLDER.iterdir() if not path.stem.startswith("lab-")}
    assert found == set(draw_pictures.PICTURES)


def test_parts_stand_below_each_other_in_either_mode() -> None:
    source = draw_pictures.picture(
        "What <it> shows.",
        draw_pictures.heading("A & B", "echospan list"),
        draw_pictures.words("word " * 60),
    )
    root = ElementTree.fromstring(source)
    assert root.get("aria-label") == "What <it> shows."
    heights = [float(one.get("y") or 0) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert heights == sorted(heights)
    assert heights[-1] < float(root.get("height") or 0)
