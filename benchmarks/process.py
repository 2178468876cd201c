"""One contender's process: started, asked, and ended whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.machine import on_cores


class NotMeasured(Exception):
    """A contender gave no number; the message says why, and what to do."""


class Process:
    """A running program that speaks `peers.wire`.

    It has a process group of its own: Ctrl-C reaches only the one that asks, which then ends it.

    Args:
        command: What to run.
        variables: Laid over the environment; None takes one away.
        cores: Where it may run.
    """

    def __init__(
        self, command: Sequence[str], variables: Mapping[str, str | None], cores: set[int]
    ) -> None:
        given = {**os.environ, **variables}
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115
        # Inherited, and not set from here: by then it might have threads, which would keep theirs.
        with on_cores(cores):
            self._child = subprocess.Popen(
                list(command),
                env={name: value for name, value in given.items() if value is not None},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
                start_new_session=True,
            )
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def ask(self, question: Mapping[str, Any], limit: float) -> dict[str, Any]:
        """The answer to a question.

        Raises:
            NotMeasured: It failed, ended or took longer than `limit` seconds; it is ended then.
        """
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(question) + "\n")
            self._child.stdin.flush()
            line = self._answers.get(timeout=limit)
        except queue.Empty:
            self.end()
            raise NotMeasured(f"not done after {limit:.0f} s") from None
        except OSError:
            line = ""
        if not line:
            code = self._child.wait()
            raise NotMeasured(f"ended with code {code}: {self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            self.end()
            raise NotMeasured(str(answer["error"]))
        return answer

    def end(self) -> None:
        """End the process; once is enough."""
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        if self._child.stdin is not None and not self._child.stdin.closed:
            # What it did not read any more is of no use.
            with contextlib.suppress(OSError):
                self._child.stdin.close()
        self._errors.close()

    def _listen(self) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as lines:
            for line in lines:
                self._answers.put(line)
        self._answers.put("")

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = [line.strip() for line in self._errors if line.strip()]
        return lines[-1][:200] if lines else "no message"
