"""Trained runs over HTTP: predictions, and sessions whose state is kept."""

from echospan.server.app import App, make_app
from echospan.server.errors import Refused
from echospan.server.hub import Hub
from echospan.server.limits import Limits
from echospan.server.saved import Snapshot

__all__ = ["App", "Hub", "Limits", "Refused", "Snapshot", "make_app"]
