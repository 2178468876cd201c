"""A directive that runs shell commands while the pages are built and shows what they printed.

    ```{console}
    $ echospan run window
    ```

Each line that begins with ``$`` is run by bash, in one working folder for all pages. A command that
does not exit with 0 (or the code in ``:exit:``) stops the build: no page shows what is not so.
"""

from __future__ import annotations

import subprocess
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

SECONDS_ALLOWED = 600


class Console(SphinxDirective):
    """Commands with their output."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "exit": directives.nonnegative_int,
        "lines": directives.positive_int,
    }

    def run(self) -> list[nodes.Node]:
        """Run the commands and return them with their output as one literal block."""
        shown = []
        for line in self.content:
            if not line.startswith("$ "):
                raise self.error(f"not a command: {line!r}; commands begin with '$ '")
            shown += [line, *self._output(line[2:])]
        text = "\n".join(shown).rstrip()
        return [nodes.literal_block(text, text, language="console")]

    def _output(self, command: str) -> list[str]:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.config.console_folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS_ALLOWED,
        )
        wanted = self.options.get("exit", 0)
        if done.returncode != wanted:
            raise ExtensionError(
                f"{self.env.docname}: {command!r} ended with {done.returncode}, not {wanted}:\n"
                f"{done.stdout}"
            )
        lines = done.stdout.rstrip().splitlines()
        most = self.options.get("lines")
        return lines if most is None or len(lines) <= most else [*lines[:most], "..."]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the folder in which commands run."""
    app.add_config_value("console_folder", ".", "env")
    app.add_directive("console", Console)
    return {"version": "1", "parallel_read_safe": True}
