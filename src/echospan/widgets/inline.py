"""A picture as a piece of HTML that works by itself: module, data and a small host."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from echospan.arguments import mapping, optional, text, validated
from echospan.results.data import finite
from echospan.widgets.source import NAME, source

# The host finds its place by the script's own neighbour: ids may clash where a cell is copied.
_HOST = """
const VIEW = "application/vnd.jupyter.widget-view+json";
const wanted = "div.echospan-widget[data-picture=%(name)s]:not([data-shown])";
const places = document.querySelectorAll(wanted);
for (const place of places) {
  place.dataset.shown = "yes";
  if (place.dataset.of) {
    // It stands in for a widget that a notebook turned into HTML would fetch a manager for.
    const views = document.querySelectorAll("script[type='" + VIEW + "']");
    const view = [...views].find((one) => one.textContent.includes(place.dataset.of));
    if (!view) continue;
    view.remove();
    place.hidden = false;
  }
  const kept = place.querySelector("script[type='application/json']");
  const values = JSON.parse(kept.textContent);
  const heard = new Map();
  const model = {
    get: (key) => values[key],
    set: (key, value) => {
      values[key] = value;
      for (const call of [...(heard.get(`change:${key}`) ?? [])]) call();
    },
    save_changes: () => {},
    on: (key, call) => heard.set(key, [...(heard.get(key) ?? []), call]),
    off: (key, call) => heard.set(key, (heard.get(key) ?? []).filter((one) => one !== call)),
    send: () => {},
  };
  const still = place.querySelector(".echospan-still");
  try {
    render({ model, el: place });
    still?.remove();
  } catch (error) {
    console.error(error);
  }
}
"""


@validated(
    name=NAME,
    data=mapping("what one of the builders returned"),
    settings=optional(mapping("settings")),
    still=text,
)
def inlined(
    name: str,
    data: Mapping[str, Any],
    *,
    settings: Mapping[str, Any] | None = None,
    still: str = "",
) -> str:
    """Return a picture as an HTML fragment that is interactive without network or Python.

    A page may hold several. Data stand in the page as text, with every character escaped that
    could end them.

    Args:
        name: "state", "rows", "reach" or "accuracy".
        data: What one of the builders returned.
        settings: Where the knobs stand at first.
        still: HTML shown where scripts are not run, such as a drawing as SVG.

    Example:
        >>> page = echospan.widgets.inlined("rows", echospan.widgets.rows_data(lag=3))
        >>> page.count("<script"), "https://" in page
        (2, False)
    """
    return place(name, data, settings, still) + modules([name])


def place(
    name: str, data: Mapping[str, Any], settings: Mapping[str, Any] | None = None, still: str = ""
) -> str:
    """The place of a picture in a page with its data; `modules` at the end of the page draws it."""
    own = finite({"data": dict(data), "settings": dict(settings or {})})
    return (
        f'<div class="echospan-widget" data-picture="{name}">'
        f'<div class="echospan-still">{still}</div>'
        f'<script type="application/json">{escaped(own)}</script></div>'
    )


def stand_in(name: str, data: Mapping[str, Any], settings: Mapping[str, Any], model_id: str) -> str:
    """A picture that stays hidden unless its page holds the view of that widget as a script.

    So it is in HTML that nbconvert makes of a notebook with the state of its widgets, and in no
    live notebook.
    """
    hidden = place(name, data, settings).replace("<div", f'<div hidden data-of="{model_id}"', 1)
    return hidden + modules([name])


def modules(names: Iterable[str]) -> str:
    """The modules of these pictures, each once."""
    return "".join(
        f'<script type="module">\n{_module(name)}</script>' for name in dict.fromkeys(names)
    )


def escaped(value: Any) -> str:
    """JSON that stands safely inside a script element, whatever its texts hold."""
    plain = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return plain.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _module(name: str) -> str:
    return source(name).replace("</", "<\\/") + _HOST % {"name": name}
