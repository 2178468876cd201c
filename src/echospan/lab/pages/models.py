"""The page of spec sheets: start one, watch it, see several side by side, take them away."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from nicegui import run, ui

from echospan.errors import EchospanError
from echospan.lab import theme
from echospan.lab.lab import Lab
from echospan.lab.picture import Picture
from echospan.lab.results import told
from echospan.lab.sheets import FORMS, beside, saved
from echospan.lab.work import command_of, python_of, sheet_work

MOST = 200
MOST_JOBS = 6
"""Jobs that the page lists: the newest."""


def add(lab: Lab) -> None:
    """Add the page to the lab."""

    @ui.page("/models")
    def models(sheets: str = "") -> None:
        with theme.frame("Models", "/models"):
            _Models(lab, [one for one in sheets.split(",") if one])


class _Models:
    def __init__(self, lab: Lab, chosen: list[str]) -> None:
        self.lab = lab
        self.seen: dict[int, int] = {}
        self._start_form()
        self._job_list()
        names = self._names()
        with theme.card("Sheets side by side"):
            chosen = [one for one in chosen if one in names] or list(names)[:1]
            self.chosen = ui.select(names, value=chosen, multiple=True, label="Sheets")
            self.chosen.props("outlined dense use-chips").classes("w-full")
            self.chosen.on_value_change(self._show)
            self.problem = ui.label("").props("role=alert")
            self.place = ui.column().classes("w-full")
            with self.place:
                self.picture = Picture("accuracy", {"picture": "accuracy", "models": []})
                self.picture.classes("w-full")
            with ui.row().classes("gap-2"):
                for form in FORMS:
                    ui.button(
                        f"Download {form.upper()}", on_click=lambda form=form: self._take(form)
                    ).props("outline dense")
        self._show()
        ui.timer(0.5, self._refresh)

    def _start_form(self) -> None:
        from echospan.models import MODELS

        with theme.card("Measure a model"):
            with ui.row().classes("gap-3 items-end"):
                self.model = ui.select(sorted(MODELS), value="lstm", label="Model")
                self.symbols = ui.number("symbols", value=4, min=2, max=200, step=1)
                self.params = ui.number("parameters", value=1000, min=1, max=1_000_000, step=100)
                self.protocol = ui.select(["quick-1", "standard-1"], value="quick-1")
                self.protocol.props('label="Protocol"')
                for one in (self.model, self.symbols, self.params, self.protocol):
                    one.props("outlined dense").classes("w-36").on_value_change(self._typed)
                ui.button("Measure", on_click=self._measure)
            with ui.row().classes("gap-1 items-baseline lab-small"):
                ui.label("The")
                theme.term("span")
                ui.label("is the largest lag up to which every tested lag is solved.")
            self.command = ui.label("").classes("lab-code").props("tabindex=0")
            with ui.row().classes("gap-2"):
                for name, make in (
                    ("Copy the command", command_of),
                    ("Copy the Python", python_of),
                ):
                    ui.button(
                        name, on_click=lambda make=make: ui.clipboard.write(make(self._work()))
                    ).props("outline dense")
            self.said = ui.label("").props("role=status aria-live=polite")
            self._typed()

    def _job_list(self) -> None:
        with theme.card("Jobs"):
            self.none = ui.label("No job was started.").classes("lab-small")
            self.lines: list[dict[str, Any]] = []
            for _ in range(MOST_JOBS):
                with ui.row().classes("gap-3 items-center w-full") as row:
                    name = ui.label("")
                    state = ui.label("").classes("lab-small")
                    cancel = ui.button("Cancel").props("outline dense")
                line = {"row": row, "name": name, "state": state, "cancel": cancel, "number": 0}
                cancel.on_click(lambda line=line: self.lab.jobs.stop(line["number"]))
                row.set_visibility(False)
                self.lines.append(line)

    def _work(self) -> dict[str, Any]:
        return sheet_work(
            self.model.value,
            symbols=int(self.symbols.value or 4),
            params=int(self.params.value or 1000),
            protocol=self.protocol.value,
        )

    def _typed(self) -> None:
        self.command.set_text(command_of(self._work()))

    def _measure(self) -> None:
        try:
            job = self.lab.jobs.start(self._work())
        except EchospanError as error:
            self.said.set_text(str(error))
            return
        self.said.set_text(f"Job {job.number} was started.")
        self._refresh()

    def _names(self) -> dict[str, str]:
        with self.lab.store() as store:
            found = store.list(kind="span", state="finished", limit=MOST)
            return {one.run_id: f"{one.run_id}: {one.outcome or one.state}" for one in found}

    def _refresh(self) -> None:
        jobs = [job for job in self.lab.jobs if job.work["verb"] == "span"][:MOST_JOBS]
        self.none.set_visibility(not jobs)
        for line, job in zip(self.lines, jobs, strict=False):
            line["number"] = job.number
            line["row"].set_visibility(True)
            line["name"].set_text(f"{job.number}: {job.work['settings']['model']}")
            line["state"].set_text(told(job))
            line["cancel"].set_visibility(job.busy)
        now = {job.number: job.version for job in jobs if not job.busy}
        if now != self.seen:
            self.seen = now
            names = self._names()
            new = [one for one in names if one not in self.chosen.options]
            self.chosen.set_options(names, value=[*self.chosen.value, *new])

    def _show(self) -> None:
        from echospan.widgets import accuracy_data

        self.picture.set_visibility(bool(self.chosen.value))
        if not self.chosen.value:
            return
        try:
            data = accuracy_data(beside(self.lab, self.chosen.value))
        except EchospanError as error:
            self.problem.set_text(str(error))
            return
        self.problem.set_text("")
        self.picture.show(data)

    async def _take(self, form: str) -> None:
        if not self.chosen.value:
            self.problem.set_text("Choose a sheet first.")
            return
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / f"sheets.{form}"
            try:
                content = await run.cpu_bound(
                    saved, str(self.lab.path), list(self.chosen.value), str(place)
                )
            except (EchospanError, asyncio.CancelledError) as error:
                self.problem.set_text(str(error))
                return
        if content is not None:
            ui.download.content(content, place.name)
