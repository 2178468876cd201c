"""`lab`: the tutorial, trained networks and sheets in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echospan.cli.options import JsonOption, StoreOption
from echospan.cli.printing import print_json, say
from echospan.errors import ConfigError, MissingExtra

PORT = 8642


def lab(
    port: Annotated[
        int, typer.Option(help="Port; where it is in use, the next one that is free.")
    ] = PORT,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Open the lab in the browser: the tutorial, trained networks, framings, sheets."""
    from echospan.extras import TRAINING, is_installed

    if not 1 <= port <= 65535:
        raise ConfigError("--port", "a number from 1 to 65535", port)
    packages = ("nicegui", "fastapi", "uvicorn", *TRAINING, "safetensors", "matplotlib", "polars")
    if missing := [name for name in packages if not is_installed(name)]:
        # The extra brings all of them, so one line is enough, whichever is missing.
        raise MissingExtra("The lab", missing, "lab")
    from echospan.lab.server import serve
    from echospan.store import Store

    with Store(store) as opened:
        path = Path(opened.path).resolve()

    def ready(address: str) -> None:
        if not address.endswith(f":{port}"):
            say(f"Port {port} is in use.")
        say(f"The lab is at {address} (store {path}). Ctrl-C ends it.")
        if json:
            own = int(address.rpartition(":")[2])
            print_json({"url": address, "port": own, "store": str(path)})
        if browser:
            import webbrowser

            webbrowser.open(address)

    serve(path, port, ready)
