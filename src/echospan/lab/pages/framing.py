"""The page of row arithmetic: what the check says of the framing that the knobs describe."""

from __future__ import annotations

import asyncio
import html
from typing import Any

from nicegui import run, ui

from echospan.lab import theme
from echospan.lab.framing_check import findings
from echospan.lab.lab import Lab
from echospan.lab.picture import Picture

KNOBS = ("length", "batch_size", "window", "lag", "rows", "reset", "shuffle")


def add(lab: Lab) -> None:
    """Add the page to the lab."""

    @ui.page("/framing")
    def framing() -> None:
        with theme.frame("Framing", "/framing"):
            _Framing()


class _Framing:
    def __init__(self) -> None:
        from echospan.widgets import rows_data

        with theme.card(), ui.row().classes("gap-1 items-baseline"):
            ui.label("A stateful model passes the state of each")
            theme.term("batch row")
            ui.label("on. Turn the knobs until the needed value arrives.")
        data = rows_data(lag=1)
        self.asked = {name: data["settings"][name] for name in KNOBS}
        self.checked: dict[str, Any] | None = None
        self.busy = False
        Picture("rows", data, self._turned)
        with theme.card("What the check says of this framing"):
            self.said = ui.html("", sanitize=False).props('role=status aria-live="polite"')
            self.said.classes("w-full")
        ui.timer(0.3, self._check)

    def _turned(self, settings: dict[str, Any]) -> None:
        self.asked = {name: settings.get(name, self.asked[name]) for name in KNOBS}

    async def _check(self) -> None:
        if self.busy or self.asked == self.checked:
            return
        self.busy, asked = True, dict(self.asked)
        self.said.set_content("<p>The check is running …</p>")
        try:
            found = await run.cpu_bound(findings, asked)
        except (asyncio.CancelledError, RuntimeError):
            return
        finally:
            self.busy = False
        if found is None:  # The lab is being closed.
            return
        self.checked = asked
        self.said.set_content(_written(found))


def _written(found: dict[str, Any]) -> str:
    if found["error"]:
        return f"<p>{html.escape(found['error'])}</p>"
    if not found["findings"]:
        return "<p>No finding: the answer arrives, and the gradient returns.</p>"
    return "".join(
        f"<p><strong>{html.escape(one['severity'])}: {html.escape(one['code'])}</strong><br>"
        f"{html.escape(one['message'])}</p>"
        for one in found["findings"]
    )
