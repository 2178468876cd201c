"""How each page looks: colours, type, the frame with its navigation, terms with their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html import escape
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


@contextmanager
def frame(title: str, current: str) -> Iterator[None]:
    """The frame of a page: header, navigation, dark mode; the block fills it.

    Args:
        title: The page's heading.
        current: The address in `PAGES` that it belongs to.
    """
    ui.page_title(f"{title} · echospan lab")
    ui.add_head_html(f"<style>{_colours()}{_style()}</style>")
    ui.colors(primary="#005f95", positive="#00694d", negative="#994300")
    dark = ui.dark_mode(None)
    ui.button.default_props("no-caps")
    with ui.header().classes("lab-header items-center justify-between"):
        with ui.row().classes("items-center gap-1").props('role=navigation aria-label="Pages"'):
            for address, name in PAGES:
                here = 'aria-current="page"' if address == current else ""
                ui.link(name, address).props(here)
        choose = ui.select(
            {"auto": "as the system", "light": "light", "dark": "dark"}, value="auto"
        )
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
    shown = (
        ui.label(word)
        .classes("lab-term")
        .props(f'tabindex=0 role=note aria-label="{word}: {_plain(meaning)}"')
    )
    with shown:
        ui.tooltip(meaning).classes("text-sm max-w-xs")
    return shown


def explain(element: ui.element, entry: str) -> None:
    """Give an element the meaning of its term as a tooltip, where the glossary has it."""
    if meaning := glossary().get(entry):
        with element:
            ui.tooltip(meaning).classes("text-sm max-w-xs")


def with_terms(text: str) -> str:
    """A sentence as HTML in which each term of the glossary has its meaning as a tooltip.

    Args:
        text: Plain text; it is escaped.
    """
    known = glossary()
    longest = sorted(known, key=len, reverse=True)
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, longest))})(s?)\b", re.IGNORECASE)
    seen: set[str] = set()

    def marked(found: re.Match[str]) -> str:
        name = found[1].lower()
        word = escape(found[0])
        if name in seen:
            return word
        seen.add(name)
        return f'<abbr class="lab-term" tabindex="0" title="{escape(known[name])}">{word}</abbr>'

    parts, at = [], 0
    for found in pattern.finditer(text):
        parts += [escape(text[at : found.start()]), marked(found)]
        at = found.end()
    return "".join([*parts, escape(text[at:])])


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
def _style() -> str:
    return files("echospan.lab").joinpath("static", "lab.css").read_text("utf-8")


@cache
def _colours() -> str:
    """The colours of reports, light and dark, by the system's wish or the page's own choice."""
    text = files("echospan.report").joinpath("templates", "colours.css").read_text("utf-8")
    light, dark = re.findall(r"{% macro \w+\(\) %}(.*?){% endmacro %}", text, re.DOTALL)
    return f":root {{{light}}} body.body--dark, html:has(body.body--dark) {{{dark}}}"
