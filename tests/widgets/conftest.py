"""Pages opened in a browser that is told to stay offline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from report import browser as machine

LAUNCH = ["--no-sandbox", "--disable-gpu"]


# Not for the whole session: while it is open, no other event loop can run in this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = machine.found()
    if path is None:
        pytest.skip("no Chromium or Chrome on this machine")
    with api.sync_playwright() as play:
        launched = play.chromium.launch(executable_path=path, args=LAUNCH)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open HTML at a width; at the end nothing may have been fetched, and no error logged."""
    contexts, said, asked = [], [], []

    def opens(text: str, width: int = 1600, scheme: str = "light", *, whole: bool = False) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda one: one.type in ("error", "warning") and said.append(one.text))
        page.on("pageerror", lambda one: said.append(str(one)))
        page.on("request", lambda one: asked.append(one.url))
        begin = (
            '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>A picture</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            "<style>:root{color-scheme:light dark}body{margin:8px;color:light-dark(#111,#eee);"
            "background:light-dark(#f4f6f8,#0e1318)}</style>"
            "<main><h1>A picture</h1><h2>Of widgets</h2>"
        )
        file = tmp_path / f"page-{len(contexts)}.html"
        file.write_text(text if whole else f"{begin}{text}</main></html>", "utf-8")
        page.goto(file.as_uri())
        return page

    yield opens
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
