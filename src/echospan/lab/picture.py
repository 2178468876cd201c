"""One of the four pictures as an element of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nicegui.element import Element

from echospan.results.data import finite

MODULES = "/lab/modules"
"""Where the app serves the pictures' modules."""


class Picture(Element, component="static/picture.js"):  # type: ignore[call-arg]
    """A picture; its module is the one that notebooks and reports use.

    Args:
        name: "state", "rows", "reach" or "accuracy".
        data: What a builder of `echospan.widgets` returned.
        on_settings: Called with the settings when a knob was turned.
    """

    def __init__(
        self,
        name: str,
        data: Mapping[str, Any],
        on_settings: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        super().__init__()
        self.classes("w-full")
        self._props["module"] = f"{MODULES}/{name}.js"
        self._props["data"] = finite(dict(data))
        self._props["settings"] = {}
        if on_settings is not None:
            self.on("settings", lambda event: on_settings(dict(event.args)))

    def show(self, data: Mapping[str, Any]) -> None:
        """Show other data, in the same element."""
        plain = finite(dict(data))
        self._props["data"] = plain
        self.run_method("put_data", plain)
