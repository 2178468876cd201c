"""The picture of the architecture is that of the code."""

from __future__ import annotations

import re
from pathlib import Path

from tools import draw_architecture as drawing

ROOT = Path(__file__).resolve().parents[2]

CONTRACT = """
[importlinter:contract:layers]
layers =
    (__main__)
    (top)
    left | right
    bottom
"""


def test_levels_are_those_of_the_contract():
    assert drawing.levels(CONTRACT) == [["top"], ["left", "right"], ["bottom"]]


def test_an_arrow_that_follows_from_two_others_is_left_out():
    pairs = {("a", "b"), ("b", "c"), ("a", "c"), ("a", "d")}
    assert drawing.reduced(pairs) == {("a", "b"), ("b", "c"), ("a", "d")}


def test_levels_share_a_row_only_where_no_arrow_leads_from_one_to_the_other():
    rooms = [["a"], ["b"], ["c"]]
    assert drawing.packed(rooms, {("a", "b")}) == [["a"], ["b", "c"]]


def test_the_picture_has_a_box_for_each_room_and_a_line_for_each_arrow():
    drawn = drawing.svg([["a", "b"], ["c<"]], {("a", "c<"), ("b", "c<")})
    assert re.findall(r">([^<>\n]+)</text>", drawn) == ["a", "b", "c&lt;"]
    assert drawn.count("marker-end") == 2


def test_the_committed_picture_is_up_to_date():
    assert drawing.main(["--check"]) == 0


def test_the_map_names_every_room():
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    table = page.split("## The rooms")[1].split("\n## ")[0]
    named = set(re.findall(r"`([a-z_]+)`", table))
    rooms = drawing.levels((ROOT / ".importlinter").read_text("utf-8"))
    private = {room for level in rooms for room in level if room.startswith("_")}
    assert {room for level in rooms for room in level} - private <= named
    assert len(page.splitlines()) <= 130
