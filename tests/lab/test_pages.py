"""The lab's pages in a browser: they do what they say, and log no error."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from echospan.cli.main import run as command

pytestmark = pytest.mark.slow

PAGES = ("/tour/stream", "/tour/mistake", "/playground", "/framing", "/models", "/runs")


def told(page: Any, pattern: str) -> None:
    """Wait until a status line says so."""
    page.locator("[role=status]").filter(has_text=re.compile(pattern)).first.wait_for(
        timeout=120_000
    )


def clipboard(page: Any, part: str) -> str:
    """What was copied, once it holds this part."""
    for _ in range(100):
        if part in (text := str(page.evaluate("navigator.clipboard.readText()"))):
            return text
        page.wait_for_timeout(100)
    pytest.fail(f"{part} was not copied")


def axe(page: Any) -> list[str]:
    """Serious findings of axe."""
    from axe_core_python.sync_playwright import Axe

    found = Axe().run(page)["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("place", PAGES)
def test_no_page_is_cut_or_closed_to_anyone(opened, place):
    pytest.importorskip("axe_core_python")
    page = opened(place, 380, "dark")
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    assert axe(page) == []
    wide = opened(place, 1600, "light")
    wide.wait_for_timeout(1500)
    assert axe(wide) == []


def test_the_run_button_trains_to_the_end_and_the_command_does_the_same(
    opened, lab, tmp_path, monkeypatch, capsys
):
    page = opened("/tour/stream")
    for label, value in (("symbols", "6"), ("units", "12"), ("epochs", "120")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Run", exact=True).click()
    told(page, "Finished: stream-")
    page.locator(".lab-cells").wait_for()
    page.get_by_role("button", name="Copy the command").click()
    copied = clipboard(page, "task.symbols=6")
    assert "task.symbols=6" in copied
    # A reload shows the same job: it belongs to the lab, not to the page.
    page.reload()
    told(page, "Finished: stream-")
    run_id = page.locator("[role=status]").first.inner_text().split(": ")[1].rstrip(".")
    monkeypatch.setenv("ECHOSPAN_STORE", str(tmp_path / "again"))
    assert command([*shlex.split(copied)[1:], "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    with urllib.request.urlopen(f"{lab.address}/api/runs/{run_id}") as answer:
        assert json.load(answer)["accuracy"] == again["accuracy"]


def test_a_job_is_stopped_and_resumed_and_two_tabs_show_it(opened):
    page, other = opened("/tour/stream"), opened("/tour/stream")
    for label, value in (("symbols", "4"), ("units", "4"), ("epochs", "40000")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Run", exact=True).click()
    told(page, "Running: [1-9]")
    other.reload()
    told(other, "Running")
    other.get_by_role("button", name="Stop").click()
    told(page, "Stopped. What was trained is kept.")
    page.get_by_role("button", name="Resume").click()
    told(page, "Finished: stream-")


def test_a_run_that_was_cut_off_before_is_resumed(opened, lab):
    from echospan.observer import Stopped
    from echospan.recipe import find
    from echospan.runner.session import Session
    from echospan.runner.study import run_recipe
    from echospan.store import Store

    small = {"task.symbols": 4, "task.length": 6, "model.units": 2, "training.epochs": 50}
    with Store(lab.store) as store, pytest.raises(Stopped):
        run_recipe(Session(store, stop=lambda: True), find("binary"), small, variants=False)
    page = opened("/tour/binary")
    told(page, "binary-.* was cut off")
    page.get_by_role("button", name="Resume").click()
    told(page, "Finished: binary-")


def test_the_walk_from_the_command_line_to_the_echo_and_back(opened, tmp_path, monkeypatch):
    """Train `window`, type five numbers, see the echo, copy the Python, run it."""
    page = opened("/tour/window")
    page.get_by_label("symbols", exact=True).fill("6")
    page.get_by_label("epochs", exact=True).fill("400")
    page.get_by_role("button", name="Run", exact=True).click()
    told(page, "Finished: window-")
    page.get_by_role("button", name="Copy the Python").click()
    copied = clipboard(page, "echospan.run('window'")
    page.get_by_role("link", name="Type numbers into this network").click()
    page.locator(".es-state").first.wait_for()
    page.get_by_role("button", name="Reset").first.click()
    entry = page.get_by_label("type numbers, then Enter").first
    entry.fill("3 1 4 1 5 2 0 2")
    entry.press("Enter")
    page.wait_for_function("document.querySelectorAll('.es-answer').length >= 8")
    answers = [one.inner_text() for one in page.locator(".es-answer").all()][:8]
    assert answers[-3:] == ["5", "2", "0"]
    monkeypatch.setenv("ECHOSPAN_STORE", str(tmp_path / "again"))
    script = tmp_path / "copied.py"
    script.write_text(copied)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "100" in done.stdout


def test_a_setting_that_does_not_fit_is_said(opened):
    page = opened("/tour/stream")
    page.get_by_label("lag (steps)").fill("500")
    page.get_by_role("button", name="Run", exact=True).click()
    told(page, "lag")


def test_the_playground_echoes_typed_numbers(opened, lab):
    page = opened(f"/playground?run={lab.trained}")
    page.wait_for_function("document.querySelectorAll('.es-answer').length >= 8")
    entry = page.get_by_label("type numbers, then Enter").first
    page.get_by_role("button", name="Reset").first.click()
    entry.fill("3 1 4 1 5")
    entry.press("Enter")
    answers = page.locator(".es-answer")
    page.wait_for_function(
        "[...document.querySelectorAll('.es-state')[0].querySelectorAll('.es-input')]"
        ".filter(x => x.offsetParent).map(x => x.textContent).join() == '3,1,4,1,5'"
    )
    assert [one.inner_text() for one in answers.all()][:5] == ["–", "3", "1", "4", "1"]
    entry.fill("99")
    entry.press("Enter")
    page.get_by_text(re.compile("doesn't know 99.*The state is unchanged")).first.wait_for()
    assert [one.inner_text() for one in answers.all()][:5] == ["–", "3", "1", "4", "1"]


def test_a_model_that_the_page_can_not_compute_gets_each_number_once(opened, lab):
    import echospan

    small = {"task.symbols": 6, "task.length": 12, "model.units": 4, "training.epochs": 2}
    other = {**small, "model.kind": "min-gru"}
    run_id = echospan.run("stream", other, store=lab.store).run_id
    page = opened(f"/playground?run={run_id}")
    entry = page.get_by_label("type numbers, then Enter").first
    page.get_by_role("button", name="Reset").first.click(force=True)
    entry.fill("3 1 4 1 5")
    entry.press("Enter")
    page.wait_for_function(
        "[...document.querySelectorAll('.es-state')[0].querySelectorAll('.es-input')]"
        ".filter(x => x.offsetParent).map(x => x.textContent).join() == '3,1,4,1,5'",
        timeout=120_000,
    )
    assert page.locator(".es-map").first.is_visible()


def test_two_networks_get_the_same_numbers(opened, lab):
    import echospan

    small = {"task.symbols": 8, "task.length": 12, "model.units": 8, "training.epochs": 5}
    ids = [echospan.run("stream", {**small, "seed": n}, store=lab.store).run_id for n in (0, 1)]
    page = opened(f"/playground?run={ids[0]}&beside={ids[1]}")
    page.wait_for_function("document.querySelectorAll('.es-state').length == 2")
    page.get_by_role("button", name="Reset").first.click()
    entry = page.get_by_label("type numbers, then Enter").first
    entry.fill("2 5 2")
    entry.press("Enter")
    page.wait_for_function(
        "[...document.querySelectorAll('.es-state')].every("
        "one => [...one.querySelectorAll('.es-input')].filter(x => x.offsetParent)"
        ".map(x => x.textContent).join() == '2,5,2')"
    )


def test_the_knobs_turn_the_row_mismatch_on_and_off(opened):
    page = opened("/framing")
    told(page, "state-row-mismatch")
    page.get_by_label("rows of a batch").select_option("aligned")
    page.wait_for_function(
        "(() => { const text = document.querySelector('[role=status]').textContent;"
        " return !text.includes('running') && !text.includes('state-row-mismatch'); })()",
        timeout=120_000,
    )
    page.get_by_label("rows of a batch").select_option("consecutive")
    told(page, "state-row-mismatch")


def test_sheets_stand_side_by_side_and_can_be_taken_away(opened):
    page = opened("/models")
    for form, begin in (("CSV", b"model"), ("JSON", b"{"), ("SVG", b"<?xml"), ("PNG", b"\x89PNG")):
        with page.expect_download(timeout=120_000) as caught:
            page.get_by_role("button", name=f"Download {form}").click()
        with open(caught.value.path(), "rb") as file:
            assert file.read(200).startswith(begin)


def test_a_sheet_is_measured_with_progress(opened):
    page = opened("/models")
    page.get_by_label("Model", exact=True).click()
    page.get_by_role("option", name="last-value").click()
    page.get_by_role("button", name="Measure").click()
    page.get_by_text(re.compile(r"Finished: span-last-value")).first.wait_for(timeout=180_000)


def test_a_note_is_kept_and_a_run_deleted_after_a_question(opened, lab):
    import echospan

    small = {"task.symbols": 4, "task.length": 6, "model.units": 2, "training.epochs": 1}
    run_id = echospan.run("stream", small, store=lab.store).run_id
    page = opened("/runs")
    row = page.locator("tr").filter(has_text=run_id)
    row.wait_for()
    row.get_by_role("checkbox").click()
    page.get_by_role("button", name="Note").click()
    page.get_by_label("Note").last.fill("<b>bold</b> & short")
    page.get_by_role("button", name="Save").click()
    row.get_by_text("<b>bold</b> & short").wait_for()
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_text("can't be undone").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    row.wait_for(state="detached")
    page.goto(f"{lab.address}/playground?run={run_id}")
    page.wait_for_selector(".es-state")


def test_unknown_parts_and_runs_are_said(opened, lab):
    page = opened("/tour/nothing")
    assert "no such part" in page.locator("h1").inner_text()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{lab.address}/api/runs/nothing-1")


def test_closed_tabs_leave_nothing_behind(lab, browser):
    import psutil

    def tabs(count: int) -> int:
        context = browser.new_context()
        for number in range(count):
            page = context.new_page()
            page.goto(lab.address + ("/runs", "/tour/window", "/playground")[number % 3])
            page.wait_for_selector("h1")
            page.close()
        context.close()
        # What nobody looks at is dropped a few seconds after its tab is closed.
        time.sleep(8)
        return int(psutil.Process(lab.process.pid).memory_info().rss)

    before = tabs(12)
    after = tabs(100)
    assert after - before < 20 * 2**20


def test_the_lab_says_which_port_it_took_and_ends_by_ctrl_c(lab, tmp_path):
    port = lab.address.rpartition(":")[2]
    told = tmp_path / "log"
    with told.open("w") as log:
        line = ("lab", "--no-browser", "--port", port, "--store", str(tmp_path / "runs"))
        other = subprocess.Popen([sys.executable, "-m", "echospan", *line], stderr=log)
    try:
        while "The lab is at" not in told.read_text():
            assert other.poll() is None, told.read_text()
            time.sleep(0.2)
        assert f"Port {port} is in use." in told.read_text()
        other.send_signal(signal.SIGINT)
        assert other.wait(60) == 130
    finally:
        other.kill()
        other.wait()
    assert "Traceback" not in told.read_text()
