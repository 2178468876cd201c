"""The command line: parse, call, print."""

from echospan.cli.main import main

__all__ = ["main"]
