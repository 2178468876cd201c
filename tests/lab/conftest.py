"""A lab in a process of its own, and pages of it in a browser."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from report import browser as machine

SMALL = {
    "task.symbols": 8,
    "task.length": 12,
    "model.units": 24,
    "training.epochs": 300,
}


LINE = ("lab", "--no-browser")


@dataclass
class Running:
    """A lab that runs: its address, its store, a trained run of it, and its process."""

    address: str
    store: Path
    trained: str
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="session")
def trained_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a trained stream run and two sheets."""
    import echospan

    path = tmp_path_factory.mktemp("lab") / "runs"
    echospan.run("stream", SMALL, store=path)
    for model in ("last-value", "chance"):
        echospan.span(model, symbols=4, lags=[0, 1, 2], protocol="quick-1", store=path)
    return path


@pytest.fixture(scope="session")
def lab(trained_store: Path) -> Iterator[Running]:
    """The lab over that store."""
    pytest.importorskip("nicegui", reason="NiceGUI is not installed")
    from echospan.store import Store

    told = trained_store.parent / "lab.log"
    with Store(trained_store) as store:
        trained = store.list(kind="run")[0].run_id
    with told.open("w") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "echospan",
                "lab",
                "--no-browser",
                "--store",
                str(trained_store),
            ],
            stderr=log,
        )
    try:
        address = _address(process, told)
        yield Running(address, trained_store, trained, process)
    finally:
        process.terminate()
        process.wait(timeout=90)
    assert "Traceback" not in told.read_text()


def _address(process: subprocess.Popen[bytes], told: Path) -> str:
    """Where the lab is, once it says so."""
    while process.poll() is None:
        if found := re.search(r"The lab is at (http://\S+)", told.read_text()):
            return found[1]
        time.sleep(0.2)
    pytest.fail(told.read_text())


# Not for the whole session: while it is open, no other event loop can run in this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = machine.found()
    if path is None:
        pytest.skip("no Chromium or Chrome on this machine")
    with api.sync_playwright() as play:
        launched = play.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


@pytest.fixture
def opened(lab: Running, browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a page; at the end nothing may have been fetched elsewhere, and no error logged."""
    contexts, said, asked = [], [], []
    own = (lab.address, lab.address.replace("http", "ws"), "data:", "blob:")

    def opens(place: str, width: int = 1600, scheme: str = "light") -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda one: one.type in ("error", "warning") and said.append(one.text))
        page.on("pageerror", lambda one: said.append(str(one)))
        page.on("request", lambda one: one.url.startswith(own) or asked.append(one.url))
        page.goto(lab.address + place)
        page.wait_for_selector("h1")
        return page

    yield opens
    for context in contexts:
        context.close()
    assert said == []
    assert asked == []
