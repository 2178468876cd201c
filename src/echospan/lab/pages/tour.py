"""The guided page: each experiment of the tutorial with its controls, curve and outcome."""

from __future__ import annotations

import html
from typing import Any

from nicegui import ui

from echospan.errors import EchospanError
from echospan.lab import theme
from echospan.lab.charts import Curves
from echospan.lab.jobs import Job
from echospan.lab.lab import Lab
from echospan.lab.results import cells, table_of_two, told
from echospan.lab.work import command_of, python_of, run_work

PARTS = (
    "encode",
    "echo",
    "mistake",
    "window",
    "stateless",
    "masked",
    "lags",
    "sequence",
    "encoder-decoder",
    "stream",
    "mlp",
    "binary",
    "embedding",
    "regression",
)
"""The tutorial's experiments, in its order."""

TERMS = {
    "task.lag": "lag",
    "task.symbols": "symbol",
    "model.units": "unit",
    "training.epochs": "epoch",
    "seed": "seed",
}
"""What the glossary calls each control; some need no entry there."""

CONTROLS = (
    ("task.lag", "lag (steps)", 0, 1000),
    ("task.symbols", "symbols", 2, 5000),
    ("model.units", "units", 1, 5000),
    ("training.epochs", "epochs", 1, 1_000_000),
    ("seed", "seed", 0, 2**31 - 1),
)


def add(lab: Lab) -> None:
    """Add the pages to the lab."""

    @ui.page("/")
    def first() -> None:
        _page(lab, "window")

    @ui.page("/tour/{name}")
    def part(name: str) -> None:
        if name not in PARTS:
            with theme.frame("There is no such part", "/"):
                ui.label(f"The tour has the parts {', '.join(PARTS)}.")
            return
        _page(lab, name)


def _page(lab: Lab, name: str) -> None:
    from echospan.recipe import find

    recipe = find(name)
    with theme.frame("Tour", "/"):
        with ui.row().classes("gap-1 w-full lab-parts").props('role=navigation aria-label="Parts"'):
            for number, part in enumerate(PARTS, 1):
                link = ui.link(f"{number} {part}", f"/tour/{part}").classes("px-2 py-1")
                if part == name:
                    link.props("aria-current=page")
        with theme.card(recipe.title):
            about = theme.with_terms(" ".join(recipe.about.split()))
            ui.html(f"<p>{about}</p>", sanitize=False)
        _Part(lab, name)


class _Part:
    """The controls of one experiment, and the job that was started last."""

    def __init__(self, lab: Lab, name: str) -> None:
        from echospan.recipe import find

        self.lab, self.name = lab, name
        self.recipe = find(name)
        self.settings = self.recipe.settle({}).to_dict()
        self.job: Job | None = next(
            (one for one in lab.jobs if one.work.get("recipe") == name), None
        )
        self.left = self._left_behind() if self.job is None else None
        self.seen = -1
        # What is shown below belongs to the job, so the controls begin where it began.
        shown = self.job.work["settings"] if self.job else {}
        with theme.card("Settings"):
            with ui.row().classes("gap-3 items-end"):
                self.inputs = {
                    path: ui.number(
                        label,
                        value=shown.get(path, _at(self.settings, path)),
                        min=low,
                        max=high,
                        step=1,
                    )
                    .props("outlined dense")
                    .classes("w-32")
                    for path, label, low, high in CONTROLS
                    if _at(self.settings, path) is not None
                }
            for path, one in self.inputs.items():
                one.on_value_change(self._typed)
                theme.explain(one, TERMS[path])
            beside = bool(self.job and self.job.work["variants"])
            self.beside = ui.checkbox("with all variants", value=beside, on_change=self._typed)
            self.beside.set_visibility(bool(self.recipe.variants))
            with ui.row().classes("gap-2 items-center"):
                self.go = ui.button("Run", on_click=self._run)
                self.halt = ui.button("Stop", on_click=self._stop).props("outline")
                self.again = ui.button("Resume", on_click=self._resume).props("outline")
            self.said = ui.label("").props("role=status aria-live=polite")
        with theme.card("Training"):
            self.bar = ui.linear_progress(0, show_value=False).props('aria-label="Share done"')
            self.curves = Curves()
        with theme.card("What came out"):
            waiting = "<p>Nothing yet. Press Run above.</p>"
            self.result = ui.html(waiting, sanitize=False).classes("w-full")
            self.of = ui.label("").classes("lab-small lab-code")
        self._same()
        self._typed()
        self.refresh()
        ui.timer(0.4, self.refresh)

    def _left_behind(self) -> str | None:
        """The newest run of this experiment that was cut off before the lab was opened."""
        with self.lab.store() as store:
            found = store.list(recipe=self.name, state="interrupted", kind="run", limit=1)
            return found[0].run_id if found else None

    def _same(self) -> None:
        with theme.card("The same elsewhere"):
            self.command = _copied("Copy the command")
            self.python = _copied("Copy the Python")

    def _changed(self) -> dict[str, Any]:
        """The settings that differ from the recipe's."""
        given = {path: one.value for path, one in self.inputs.items() if one.value is not None}
        whole = {path: int(value) for path, value in given.items()}
        return {path: v for path, v in whole.items() if v != _at(self.settings, path)}

    def _work(self) -> dict[str, Any]:
        return {
            "verb": "run",
            "recipe": self.name,
            "settings": self._changed(),
            "variants": bool(self.beside.value),
        }

    def _typed(self) -> None:
        work = self._work()
        self.command.set_text(command_of(work))
        self.python.set_text(python_of(work))

    def _run(self) -> None:
        try:
            work = run_work(self.name, self._changed(), variants=bool(self.beside.value))
            self.job = self.lab.jobs.start(work)
        except EchospanError as error:
            self.said.set_text(str(error))
            return
        self.seen = -1
        self.refresh()

    def _stop(self) -> None:
        if self.job is not None:
            self.lab.jobs.stop(self.job.number)
            self.said.set_text("Stopping at the next safe place …")

    def _resume(self) -> None:
        if self.job is not None and self.job.run_id:
            self.job = self.lab.jobs.start({**self.job.work, "resume": self.job.run_id})
        elif self.left is not None:
            # With the settings that are stored with it, whatever the controls say.
            work = {"verb": "run", "recipe": self.name, "settings": {}, "variants": False}
            self.job = self.lab.jobs.start({**work, "resume": self.left})
        self.seen = -1

    def refresh(self) -> None:
        """Show what the job told since the last look."""
        job = self.job
        if job is None:
            self.halt.set_visibility(False)
            self.again.set_visibility(self.left is not None)
            if self.left is not None:
                self.said.set_text(f"{self.left} was cut off. Resume goes on with its settings.")
            return
        if job.version == self.seen and not job.busy:
            return
        if job.version != self.seen:
            self.seen = job.version
            self.curves.show(list(job.curves.values()))
            self.bar.set_value(job.share if job.busy else float(job.state == "finished"))
            self.halt.set_visibility(job.busy)
            self.go.set_enabled(not job.busy)
            self.again.set_visibility(job.state == "stopped" and job.run_id is not None)
            if job.state == "finished":
                self._came_out(job)
        self.said.set_text(told(job))

    def _came_out(self, job: Job) -> None:
        try:
            with self.lab.store() as store:
                result = store.get(str(job.run_id)).load_result()
        except EchospanError as error:
            self.result.set_content(f"<p>{html.escape(str(error))}</p>")
            return
        resumed = job.work.get("resume") == self.left is not None
        shown = f"echospan runs show {job.run_id}" if resumed else command_of(job.work)
        self.of.set_text(shown)
        run_id = html.escape(str(job.run_id))
        self.result.set_content(
            cells(result, theme.with_terms)
            + table_of_two(result)
            + f'<p><a href="/playground?run={run_id}">Type numbers into this network</a></p>'
        )


def _copied(name: str) -> ui.label:
    """A text with a button that copies it."""
    with ui.column().classes("w-full gap-1"):
        text = ui.label("").classes("lab-code").props(f'tabindex=0 aria-label="{name}"')
        ui.button(name, on_click=lambda: ui.clipboard.write(text.text)).props("outline dense")
    return text


def _at(settings: dict[str, Any], path: str) -> int | None:
    value: Any = settings
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value if type(value) is int else None
