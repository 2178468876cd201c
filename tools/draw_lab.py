"""Draw the pictures of docs/lab.md: a lab over a fresh store, in Chromium.

Needs the extras `lab` and `browser`, and a Chromium: `python tools/draw_lab.py`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import typer

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
SETTINGS = {"task.symbols": 10, "training.epochs": 300}


def main(
    chromium: str = typer.Option(
        shutil.which("chromium") or "chromium", help="The browser's program."
    ),
) -> None:
    """Draw the pictures of docs/lab.md into docs/pictures."""
    from playwright.sync_api import sync_playwright

    import echospan

    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "runs"
        echospan.run("stream", SETTINGS, store=store)
        told = Path(folder) / "log"
        with told.open("w") as log:
            line = ["lab", "--no-browser", "--store", str(store)]
            process = subprocess.Popen([sys.executable, "-m", "echospan", *line], stderr=log)
        try:
            address = _address(told)
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                _draw(browser, address)
                browser.close()
        finally:
            process.terminate()
            process.wait()


def _address(told: Path) -> str:
    while not (found := re.search(r"The lab is at (http://\S+)", told.read_text())):
        time.sleep(0.2)
    return found[1]


def _draw(browser: Any, address: str) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 800}, color_scheme="light")
    page.goto(f"{address}/tour/stream")
    page.get_by_label("symbols", exact=True).fill("10")
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator(".lab-cells").wait_for(timeout=300_000)
    page.screenshot(path=PICTURES / "lab-tour.png", full_page=True)
    page.goto(f"{address}/playground")
    page.locator(".es-state").first.wait_for()
    page.get_by_role("button", name="Reset").first.click()
    entry = page.get_by_label("type numbers, then Enter").first
    entry.fill("3 1 4 1 5")
    entry.press("Enter")
    page.wait_for_timeout(1000)
    page.screenshot(path=PICTURES / "lab-playground.png", full_page=True)
    page.goto(f"{address}/framing")
    page.get_by_text("state-row-mismatch").first.wait_for(timeout=120_000)
    page.screenshot(path=PICTURES / "lab-framing.png", full_page=True)


if __name__ == "__main__":
    typer.run(main)
