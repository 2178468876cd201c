"""The command line that starts a command's own process: this Python, as it was started itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence


def command(given: Sequence[str], terminal: bool, encoding: str) -> list[str]:
    """What to start, for a command line.

    Modules are looked for where this process finds them, in the same order. Nothing is passed in
    the environment, which the programs that the user's code starts would inherit.

    Args:
        given: What was typed after the program's name.
        terminal: Whether the report ends up in a terminal.
        encoding: The encoding of the report.
    """
    told = (sys.argv[0], os.getpid(), terminal, encoding, _columns() if terminal else None)
    code = (
        f"import sys; sys.path[:] = {sys.path!a}; "
        f"from echospan.cli.child import main; main(*{told!a})"
    )
    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    return [sys.executable, *flags, "-c", code, *given]


def _columns() -> int | None:
    """Width of the terminal of the report, where the process can't ask for it itself."""
    if os.environ.get("COLUMNS"):
        return None
    for number in (0, 2):
        if os.isatty(number):
            return None
    try:
        return os.get_terminal_size(1).columns
    except OSError:
        return None
