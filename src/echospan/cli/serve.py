"""`serve`: trained runs over HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echospan.cli import complete
from echospan.cli.options import JsonOption, StoreOption, TrustOption, find_beside, open_store
from echospan.cli.printing import print_json, print_text, say
from echospan.errors import ConfigError

if TYPE_CHECKING:
    from echospan.server import Hub, Limits

TOKEN = "ECHOSPAN_TOKEN"
"""Environment variable: the token, which a command line would show to others on the machine."""


def serve(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...",
            help="Run ids or their beginnings, latest, or latest:RECIPE.",
            autocompletion=complete.runs,
        ),
    ],
    host: Annotated[
        str, typer.Option(help="Address to listen on. Another one than loopback needs a token.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port; the next free one if it is in use.")
    ] = 8765,
    token: Annotated[
        str | None,
        typer.Option(
            help="Clients must send Authorization: Bearer TOKEN (default: ECHOSPAN_TOKEN, which "
            "other users of the machine can't see)."
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Also a name that clients call the server by; repeatable."
        ),
    ] = None,
    max_body: Annotated[
        int, typer.Option(metavar="BYTES", help="Bytes of a request's body.")
    ] = 1_048_576,
    max_sessions: Annotated[int, typer.Option(help="Sessions open at once.")] = 10_000,
    max_saved: Annotated[int, typer.Option(help="Sessions of a run kept on disk.")] = 10_000,
    max_waiting: Annotated[
        int, typer.Option(help="Values that wait for a model; more are refused (503).")
    ] = 4_000,
    max_values: Annotated[int, typer.Option(help="Values in one request.")] = 10_000,
    max_connections: Annotated[int, typer.Option(help="Connections open at once.")] = 1_000,
    idle: Annotated[
        float, typer.Option(metavar="SECONDS", help="Drop a session that is idle for so long.")
    ] = 900.0,
    rate: Annotated[
        float, typer.Option(help="Requests per second from one address; more are refused (429).")
    ] = 10_000.0,
    trust: TrustOption = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Serve trained runs over HTTP: predictions, and sessions whose state is kept.

    /openapi.json describes the API, and echospan.Client is a client in Python. Ctrl-C ends the
    server and saves all open sessions.
    """
    from echospan.observer import Halted, Stop
    from echospan.server.guard import require_token
    from echospan.server.listening import address_of, bind, listen, require_server

    limits = _limits(
        body=max_body, sessions=max_sessions, saved=max_saved, waiting=max_waiting,
        values=max_values, connections=max_connections, idle=idle, rate=rate,
    )  # fmt: skip
    secret = token if token is not None else os.environ.get(TOKEN, "")
    require_token(host, secret)
    require_server()
    hub, ids = _hub(runs, limits, store, trust)
    stop = Stop()
    try:
        from echospan.server.app import make_app

        made = bind(host, port)
        url, own = address_of(made, host), made.getsockname()[1]
        if port not in (0, own):
            say(f"Port {port} is in use, so the server listens on {own}.")
        app = make_app(hub, token=secret, hosts=[host, *(allow_host or [])])
        if json:
            print_json({"url": url, "port": own, "runs": ids, "token": bool(secret)})
        else:
            print_text(f"Serving {', '.join(ids)} at {url} (Ctrl-C ends it)")
        with stop.on_interrupt():
            listen(app, made, limits, stop)
    finally:
        kept = hub.close()
        if kept:
            say(f"Saved {kept:,} open session{'' if kept == 1 else 's'}.")
    raise Halted


def _limits(**given: Any) -> Limits:
    """The limits; an error names the option."""
    from echospan.server.limits import Limits

    try:
        return Limits(**given)
    except ConfigError as error:
        long = error.field in ("idle", "rate")
        name = f"--{error.field}" if long else f"--max-{error.field}"
        raise ConfigError(name, error.allowed, error.given) from None


def _hub(runs: list[str], limits: Limits, store: Path | None, trust: bool) -> tuple[Hub, list[str]]:
    """The runs, loaded and compiled."""
    from echospan.server.hub import Hub

    hub = Hub(limits)
    try:
        with open_store(store, create=False) as opened:
            if trust:
                find_beside()
            for name in runs:
                finished = "finished" if name.startswith("latest") else None
                hub.add(opened.get(name, state=finished, kind="run"), trust=trust)
    except BaseException:
        hub.close()
        raise
    return hub, list(hub.runs)
