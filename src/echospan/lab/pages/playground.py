"""The page where numbers are typed into trained networks."""

from __future__ import annotations

import asyncio
from typing import Any

from nicegui import run, ui

from echospan.errors import EchospanError
from echospan.lab import theme
from echospan.lab.answers import answers
from echospan.lab.lab import Lab
from echospan.lab.picture import Picture

MOST = 200


def add(lab: Lab) -> None:
    """Add the page to the lab."""

    @ui.page("/playground")
    def playground(run: str = "", beside: str = "") -> None:
        with theme.frame("Playground", "/playground"):
            _Playground(lab, run, beside)


class _Playground:
    def __init__(self, lab: Lab, first: str, second: str) -> None:
        self.lab = lab
        names = self._names()
        self.shown: list[_Network] = []
        if not names:
            with theme.card():
                ui.label("The store holds no finished run yet. Train one on the page Tour.")
                ui.link("Train the window experiment", "/tour/window")
            return
        first = first if first in names else next(iter(names))
        second = second if second in names and second != first else ""
        with theme.card(), ui.row().classes("gap-3 w-full"):
            self.first = ui.select(names, value=first, label="Run").props("outlined dense")
            self.second = ui.select({"": "none", **names}, value=second, label="Beside it")
            self.second.props("outlined dense")
            for one in (self.first, self.second):
                one.classes("min-w-64 max-w-full").on_value_change(self._choose)
            ui.label("Both get the numbers that are typed into the first.").classes("lab-small")
        self.place = ui.row().classes("w-full gap-4 items-start")
        with self.place:
            self.shown = [_Network(lab, self._heard), _Network(lab, None)]
        self._choose()

    def _names(self) -> dict[str, str]:
        with self.lab.store() as store:
            found = store.list(kind="run", state="finished", limit=MOST)
            return {
                one.run_id: one.run_id
                + ("" if one.accuracy is None else f" ({100 * one.accuracy:.1f} %)")
                for one in found
            }

    def _choose(self) -> None:
        self.shown[0].load(self.first.value)
        self.shown[1].load(self.second.value)
        self.shown[1].feed(self.shown[0].numbers)

    def _heard(self, numbers: list[int]) -> None:
        self.shown[1].feed(numbers)


class _Network:
    """One run's picture."""

    def __init__(self, lab: Lab, heard: Any) -> None:
        self.lab, self.heard = lab, heard
        self.data: dict[str, Any] = {"picture": "state", "symbols": 0, "numbers": [], "steps": []}
        self.numbers: list[int] = []
        self.one_at_a_time = asyncio.Lock()
        with ui.column().classes("w-full gap-2 min-w-0") as self.root:
            self.problem = ui.label("").props("role=alert")
            self.picture = Picture("state", self.data, self._settings)
            self.picture.classes("w-full").on("message", self._message)

    def load(self, run_id: str) -> None:
        """Show a run; "" shows nothing."""
        from echospan.widgets import state_data

        self.root.set_visibility(bool(run_id))
        if not run_id:
            return
        try:
            with self.lab.store() as store:
                self.data = state_data(store.get(run_id), live=True)
        except EchospanError as error:
            self.problem.set_text(str(error))
            self.picture.set_visibility(False)
            return
        self.problem.set_text("")
        self.picture.set_visibility(True)
        self.numbers = list(self.data["numbers"])
        self.picture.show(self.data)

    def feed(self, numbers: list[int]) -> None:
        """Give it these numbers, those that it knows."""
        width = self.data["symbols"]
        known = [one for one in numbers if one < width]
        unknown = len(numbers) - len(known)
        if self.root.visible and width:
            many = f"{unknown} of the typed numbers are left out: this network does not know them."
            self.problem.set_text(many if unknown else "")
        if self.root.visible and width and known != self.numbers:
            self.numbers = known
            self.picture.show({**self.data, "numbers": known})

    def _settings(self, settings: dict[str, Any]) -> None:
        numbers = [int(one) for one in settings.get("numbers", [])]
        if numbers != self.numbers:
            self.numbers = numbers
            if self.heard is not None:
                self.heard(numbers)

    async def _message(self, event: Any) -> None:
        """Answer for a model that the page can't compute."""
        # Several typed numbers are one message each: the next waits for what this one changes.
        async with self.one_at_a_time:
            await self._answered(dict(event.args))

    async def _answered(self, asked: dict[str, Any]) -> None:
        if asked.get("type") == "reset":
            self.numbers = []
            self.picture.run_method("hear", {"type": "reset"})
            return
        numbers = list(self.numbers)
        if asked.get("type") == "step":
            numbers.append(int(asked["value"]))
        elif asked.get("type") == "change":
            numbers[int(asked["position"])] = int(asked["value"])
        else:
            return
        found = await run.cpu_bound(answers, str(self.lab.path), self.data["run"], numbers)
        if found is None:  # The lab is being closed.
            return
        if found["error"]:
            self.picture.run_method("hear", {"type": "error", "message": found["error"]})
        elif asked["type"] == "step":
            self.numbers = numbers
            self.picture.run_method("hear", {"type": "steps", "steps": found["steps"]})
        else:
            message = {"type": "changed", "position": asked["position"], "steps": found["steps"]}
            self.picture.run_method("hear", message)
