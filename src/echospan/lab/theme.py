"""How each page looks: colours, type, the frame with its navigation, terms with their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files

from nicegui import ui

PAGES = (
    ("/", "Tour"),
    ("/playground", "Playground"),
    ("/framing", "Framing"),
    ("/models", "Models"),
    ("/runs", "Runs"),
)
"""Address and name of each page, in the order of the navigation."""

STYLE = """
body, .q-page-container { background: var(--ground); color: var(--ink); }
body { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
.nicegui-content { max-width: 76rem; margin: 0 auto; padding: 1rem; gap: 1rem; width: 100%; }
h1 { font-size: 1.5rem; line-height: 1.3; font-weight: 700; margin: 0; }
h2 { font-size: 1.125rem; line-height: 1.4; font-weight: 600; margin: 0; }
.lab-small { font-size: .875rem; color: var(--muted); }
.lab-header { background: var(--card) !important; color: var(--ink) !important;
  border-bottom: 1px solid var(--line); padding: .25rem 1rem; flex-wrap: wrap; gap: .25rem; }
.lab-header a { color: var(--ink); text-decoration: none; padding: .375rem .625rem;
  border-radius: .375rem; font-size: 1rem; }
.lab-header a[aria-current=page] { background: var(--fig-hit); color: var(--accent); font-weight: 600; }
.lab-card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: 1rem; width: 100%; color: var(--ink); min-width: 0; }
.lab-card { display: flex; flex-direction: column; gap: .75rem; align-items: flex-start; }
.lab-card > * { max-width: 100%; }
.nicegui-content a { color: var(--accent); }
.lab-parts a[aria-current=page] { background: var(--fig-hit); border-radius: .375rem; font-weight: 600; }
.q-table__card, .q-table, .q-table th, .q-table td { background: var(--card); color: var(--ink); font-size: .875rem !important; }
.q-table__card { box-shadow: none; border: 1px solid var(--line); max-width: 100%; }
.q-btn { font-size: 1rem; }
.body--dark .q-btn--outline, .body--dark .q-btn--flat { color: var(--accent) !important; }
.q-card { background: var(--card); color: var(--ink); }
.q-field__label, .q-field__native { color: var(--ink) !important; }
.lab-cells { display: grid; grid-template-columns: max-content 1fr; gap: .25rem .75rem; overflow-x: auto; }
.lab-cell { display: inline-block; min-width: 2.25rem; padding: .125rem .25rem; margin: 1px;
  border-radius: .25rem; text-align: center; background: var(--fig-tile); }
.lab-right { background: var(--good-ground); color: var(--good); }
.lab-wrong { background: var(--warn-ground); color: var(--warn); text-decoration: underline wavy; }
.lab-code { font: .875rem/1.5 ui-monospace, monospace; background: var(--soft); color: var(--ink);
  border-radius: .375rem; padding: .5rem .75rem; overflow-x: auto; white-space: pre; width: 100%; margin: 0; }
.lab-term { border-bottom: 1px dotted var(--muted); cursor: help; }
.lab-grid td, .lab-grid th { padding: .375rem .75rem; border: 1px solid var(--line); text-align: left; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
"""


@contextmanager
def frame(title: str, current: str) -> Iterator[None]:
    """The frame of a page: header, navigation, dark mode; the block fills it.

    Args:
        title: The page's heading.
        current: The address in `PAGES` that it belongs to.
    """
    ui.page_title(f"{title} · echospan lab")
    ui.add_head_html(f"<style>{_colours()}{STYLE}</style>")
    ui.colors(primary="#005f95", positive="#00694d", negative="#994300")
    dark = ui.dark_mode(None)
    ui.button.default_props("no-caps")
    with ui.header().classes("lab-header items-center justify-between"):
        with ui.row().classes("items-center gap-1").props('role=navigation aria-label="Pages"'):
            for address, name in PAGES:
                here = 'aria-current="page"' if address == current else ""
                ui.link(name, address).props(here)
        choose = ui.select({"auto": "as the system", "light": "light", "dark": "dark"}, value="auto")
        choose.props('dense borderless label="Colours"').classes("lab-small")
        choose.on_value_change(
            lambda event: dark.set_value({"auto": None, "light": False, "dark": True}[event.value])
        )
    ui.html(f"<h1>{title}</h1>", sanitize=False)
    yield


@contextmanager
def card(title: str = "") -> Iterator[None]:
    """A part of a page."""
    with ui.element("section").classes("lab-card"):
        if title:
            with ui.element("h2"):
                ui.label(title)
        yield


def term(word: str, entry: str | None = None) -> ui.label:
    """A word with its meaning from the glossary as a tooltip, for the keyboard, too."""
    meaning = glossary().get((entry or word).lower(), "")
    shown = ui.label(word).classes("lab-term").props(f'tabindex=0 aria-description="{_plain(meaning)}"')
    with shown:
        ui.tooltip(meaning).classes("text-sm max-w-xs")
    return shown


@cache
def glossary() -> dict[str, str]:
    """Meanings by term, in lower case."""
    text = files("echospan.lab").joinpath("static", "glossary.md").read_text("utf-8")
    entries = re.findall(r"^(\S[^\n]*)\n: ((?:.|\n(?!\n))*)", text, re.MULTILINE)
    return {
        re.sub(r" \(.*\)$", "", name).lower(): _plain(" ".join(body.split()))
        for names, body in entries
        for name in names.split(", ")
    }


def _plain(text: str) -> str:
    return re.sub(r"[*`]|\[|\]\([^)]*\)", "", text).replace('"', "'")


@cache
def _colours() -> str:
    """The colours of reports, light and dark, by the system's wish or the page's own choice."""
    text = files("echospan.report").joinpath("templates", "colours.css").read_text("utf-8")
    light, dark = re.findall(r"{% macro \w+\(\) %}(.*?){% endmacro %}", text, re.DOTALL)
    return f":root {{{light}}} body.body--dark, html:has(body.body--dark) {{{dark}}}"
