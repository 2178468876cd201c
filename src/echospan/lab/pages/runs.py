"""The page of the store's runs: filter, sort, compare, notes, delete."""

from __future__ import annotations

from typing import Any

from nicegui import run, ui

from echospan.errors import EchospanError
from echospan.lab import notes, theme
from echospan.lab.lab import Lab

COLUMNS = (
    ("run_id", "id"),
    ("kind", "kind"),
    ("state", "state"),
    ("accuracy", "accuracy (%)"),
    ("outcome", "outcome"),
    ("seconds", "time (s)"),
    ("created", "created (UTC)"),
    ("note", "note"),
)

CHOOSE_ALL = '<q-checkbox v-model="props.selected" aria-label="Choose all" />'
CHOOSE_ONE = """
<q-checkbox v-model="props.selected" :aria-label="'Choose ' + props.row.run_id" />
"""

MOST = 2000
"""Rows that the table holds: the newest."""


def add(lab: Lab) -> None:
    """Add the page to the lab."""

    @ui.page("/runs")
    def runs() -> None:
        with theme.frame("Runs", "/runs"):
            _Runs(lab)


class _Runs:
    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.seen: tuple[Any, ...] = ()
        with theme.card():
            with ui.row().classes("items-end gap-3 w-full"):
                self.filter = ui.input("Filter (any column)").props("clearable dense outlined")
                self.kind = ui.select(
                    ["all", "run", "span", "compare"], value="all", label="Kind"
                ).props("dense outlined")
                self.kind.classes("min-w-32").on_value_change(self.refresh)
                self.compare = ui.button("Compare", on_click=self._compare)
                self.note = ui.button("Note", on_click=self._ask_note)
                self.delete = ui.button("Delete", on_click=self._ask_delete).props("color=negative")
            self.told = ui.label("").classes("lab-small").props("role=status")
            columns = [
                {"name": name, "label": label, "field": name, "sortable": True, "align": "left"}
                for name, label in COLUMNS
            ]
            self.table = ui.table(
                columns=columns, rows=[], row_key="run_id", selection="multiple", pagination=20
            ).classes("w-full")
            # Quasar's own boxes have no name that a screen reader could say.
            self.table.add_slot("header-selection", CHOOSE_ALL)
            self.table.add_slot("body-selection", CHOOSE_ONE)
            self.filter.bind_value_to(self.table, "filter")
        self._dialogs()
        ui.timer(1.0, self.refresh)

    async def refresh(self) -> None:
        """Read the store, beside the pages' own thread; the table changes only where it did."""
        kind = None if self.kind.value == "all" else self.kind.value
        try:
            rows = await run.io_bound(_rows, self.lab, kind)
        except EchospanError as error:
            self.told.set_text(str(error))
            return
        if rows is None:  # The lab is being closed.
            return
        seen = tuple(tuple(row.values()) for row in rows)
        if seen != self.seen:
            self.seen = seen
            self.table.rows = rows
            ids = {row["run_id"] for row in rows}
            self.table.selected = [one for one in self.table.selected if one["run_id"] in ids]

    def _chosen(self) -> list[str]:
        return [one["run_id"] for one in self.table.selected]

    def _compare(self) -> None:
        chosen = [one for one in self.table.selected if one["state"] == "finished"]
        kinds = {one["kind"] for one in chosen}
        if len(chosen) < 2 or len(kinds) != 1 or not kinds <= {"run", "span"}:
            self.told.set_text("Choose two or more finished runs, or two or more finished sheets.")
        elif kinds == {"span"}:
            ui.navigate.to("/models?sheets=" + ",".join(self._chosen()))
        else:
            first, second = chosen[:2]
            ui.navigate.to(f"/playground?run={first['run_id']}&beside={second['run_id']}")

    def _dialogs(self) -> None:
        with ui.dialog() as self.noting, ui.card():
            self.text = ui.textarea("Note").props("outlined maxlength=2000").classes("w-80")
            with ui.row():
                ui.button("Save", on_click=self._save_note)
                ui.button("Cancel", on_click=self.noting.close).props("flat")
        with ui.dialog() as self.deleting, ui.card():
            self.which = ui.label("")
            with ui.row():
                ui.button("Delete", on_click=self._remove).props("color=negative")
                ui.button("Keep", on_click=self.deleting.close).props("flat")

    def _ask_note(self) -> None:
        chosen = self._chosen()
        if len(chosen) != 1:
            self.told.set_text("Choose one row to write its note.")
            return
        self.text.set_value(notes.read(self.lab.path).get(chosen[0], ""))
        self.noting.open()

    def _save_note(self) -> None:
        self.noting.close()
        try:
            notes.write(self.lab.path, self._chosen()[0], self.text.value or "")
        except EchospanError as error:
            self.told.set_text(str(error))

    def _ask_delete(self) -> None:
        chosen = self._chosen()
        if not chosen:
            self.told.set_text("Choose the rows to delete.")
            return
        named = ", ".join(chosen[:5]) + (f" and {len(chosen) - 5} more" if len(chosen) > 5 else "")
        self.which.set_text(f"Delete {named}? This can't be undone.")
        self.deleting.open()

    def _remove(self) -> None:
        self.deleting.close()
        chosen = self._chosen()
        problems = []
        with self.lab.store() as store:
            for run_id in chosen:
                try:
                    store.remove(run_id, variants=True)
                except EchospanError as error:
                    problems.append(str(error))
        gone = len(chosen) - len(problems)
        self.told.set_text(" ".join([f"Deleted: {gone}.", *problems]))
        self.table.selected = []


def _rows(lab: Lab, kind: Any) -> list[dict[str, Any]]:
    with lab.store() as store:
        rows = [_row(one) for one in store.list(kind=kind, limit=MOST)]
    known = notes.read(lab.path)
    return [{**row, "note": known.get(row["run_id"], "")} for row in rows]


def _row(one: Any) -> dict[str, Any]:
    return {
        "run_id": one.run_id,
        "kind": one.kind,
        "state": one.state,
        "accuracy": None if one.accuracy is None else round(100 * one.accuracy, 1),
        "outcome": one.outcome,
        "seconds": None if one.seconds is None else round(one.seconds, 1),
        "created": one.created[:19].replace("T", " "),
    }
