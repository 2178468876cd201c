"""The entry point. It turns errors into one line and an exit code."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Sequence

import typer

from echospan.cli import app as commands
from echospan.errors import EchospanError
from echospan.observer import Stopped

BAD_INPUT = 2
INTERRUPTED = 130


MOVED = {"bench": "make bench", "verify": "make verify"}
"""Commands that left the package, and what takes their place in a clone of the repository."""


def main(
    arguments: Sequence[str] | None = None,
    app: typer.Typer = commands.app,
    name: str = "echospan",
) -> None:
    """Run a command line and exit: 0 done, 2 bad input, 130 interrupted."""
    # Tracing makes a million objects that live on: at Python's own threshold, looking through them
    # for garbage takes an eighth of a short run.
    gc.set_threshold(100_000, 20, 20)
    # A warning is for the user too: one line, without a place in the source.
    warnings.showwarning = lambda message, *_: _say(f"warning: {' '.join(str(message).split())}")
    sys.exit(run(arguments, app, name))


def run(
    arguments: Sequence[str] | None = None,
    app: typer.Typer = commands.app,
    name: str = "echospan",
) -> int:
    """Run a command line; its exit code.

    Args:
        arguments: What was typed after the name; left out, those of this process.
        app: Its commands.
        name: The program, as its help calls it.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if app is commands.app and given and given[0] in MOVED:
        place = MOVED[given[0]]
        _say(f"error: {given[0]} is no longer a command; in a clone of the repository, use {place}")
        return BAD_INPUT
    try:
        app(args=given, prog_name=name)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except KeyboardInterrupt:
        _say("Stopped.")
        return INTERRUPTED
    except Stopped as stopped:
        _say(str(stopped))
        return INTERRUPTED
    except EchospanError as error:
        _say(f"error: {' '.join(str(error).split())}")
        return BAD_INPUT
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing is left to say, nor anywhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr)
