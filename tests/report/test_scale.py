from __future__ import annotations

import re

from echospan.report.document import Card, card_html
from echospan.report.run_tables import scale
from echospan.results.run import RunData

from .pages import Page
from .samples import result


def drawn(given: RunData) -> str:
    """The line alone, as a page has it."""
    found = scale(given)
    assert found is not None
    page = card_html(Card("", [found]))
    return page[page.index('<div class="scale"') : page.rindex("</div>")]


def test_places_on_the_line() -> None:
    made = drawn(result(accuracy=0.5, accuracy_interval=[0.25, 0.75], chance=0.1))
    places = dict(re.findall(r'class="(\w+)[^"]*" style="left:([\d.]+)%', made))
    assert places == {"range": "25.00", "tick": "100.00", "dot": "50.00"}
    assert "width:50.00%" in made
    assert Page(made).text == "chance 10 % ceiling 100 %"
    (label,) = [one["aria-label"] for one in Page(made).tags("div")]
    assert (label or "").replace("\u00a0", " ") == (
        "On a line from 0 to 100 %: accuracy 50 %, interval 25 to 75 %, chance 10 %, ceiling 100 %"
    )


def test_values_outside_are_held_at_the_ends_and_nothing_gives_nothing() -> None:
    made = drawn(RunData(accuracy=1.5, accuracy_interval=(-1, 2)))
    assert 'class="range" style="left:0.00%;width:100.00%"' in made
    assert 'class="dot" style="left:100.00%"' in made
    assert scale(RunData()) is None
