"""The lab as one application: pages, JSON API, modules of the pictures, guard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import nicegui.core
import nicegui.run
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from nicegui import ui

from echospan.errors import EchospanError, RunNotFound
from echospan.lab.api import routes
from echospan.lab.guard import LOOPBACK, Guard
from echospan.lab.lab import Lab
from echospan.lab.picture import MODULES
from echospan.widgets import NAMES, source

PAGES = ("tour", "playground", "framing", "models", "runs")


def make_app(path: Path, hosts: frozenset[str] = LOOPBACK) -> tuple[FastAPI, Guard]:
    """The application of a lab over a store, and the guard that stands before it.

    Args:
        path: Folder of the store; it is made where it is missing.
        hosts: Names under which the lab may be called.
    """
    lab = Lab(path)
    with lab.store():
        pass

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        yield
        await lab.jobs.close()

    app = FastAPI(
        title="echospan lab",
        description="Runs and sheets of one store, and the work that this lab does.",
        openapi_url="/api/openapi.json",
        # Both would fetch their scripts from the network.
        docs_url=None,
        redoc_url=None,
        lifespan=life,
    )
    app.state.lab = lab
    app.include_router(routes(lab), prefix="/api")

    @app.get(f"{MODULES}/{{name}}.js", include_in_schema=False)
    def module(name: str) -> PlainTextResponse:
        """The ES module of a picture."""
        if name not in NAMES:
            return PlainTextResponse("There is no such picture.", 404)
        return PlainTextResponse(source(name), media_type="text/javascript")

    @app.exception_handler(EchospanError)
    async def refused(request: Request, error: EchospanError) -> JSONResponse:
        """A mistake of the caller is one sentence."""
        status = 404 if isinstance(error, RunNotFound) else 422
        return JSONResponse({"detail": str(error)}, status)

    # A forked process would inherit the threads of JAX and hang.
    nicegui.run.process_pool_start_method = "spawn"
    for name in PAGES:
        import_module(f"echospan.lab.pages.{name}").add(lab)
    ui.run_with(
        app, title="echospan lab", language="en-US", show_welcome_message=False, favicon="🕰"
    )
    # A page that nobody looks at is dropped at once, with all that it holds.
    nicegui.core.app.config.reconnect_timeout = 3.0
    return app, Guard(app, hosts)
