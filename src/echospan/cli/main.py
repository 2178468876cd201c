"""The entry point: one place where errors become a line and an exit code."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Sequence

from echospan.cli.app import app
from echospan.errors import EchospanError
from echospan.observer import Stopped

BAD_INPUT = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 bad input, 130 interrupted."""
    # Tracing makes a million objects that live on: at Python's own threshold, looking through them
    # for garbage takes an eighth of a short run.
    gc.set_threshold(100_000, 20, 20)
    # A warning is for the user too: one line, without a place in the source.
    warnings.showwarning = lambda message, *_: _say(f"warning: {' '.join(str(message).split())}")
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit code."""

    try:
        app(args=arguments, prog_name="echospan")
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
