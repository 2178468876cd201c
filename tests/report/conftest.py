"""Views of runs that the report's tests share."""

from __future__ import annotations

import pytest

from echospan.report.view import RunView

from . import samples


@pytest.fixture(scope="session")
def view() -> RunView:
    """A finished run with all pieces."""
    return RunView(
        run_id="run-1",
        recipe="window",
        config=samples.config(),
        result=samples.result(),
        history=samples.history(),
        hidden=samples.hidden(),
        environment={"python": "3.11.9", "git_commit": "9f1c2ab", "git_dirty": True},
        seed=3,
    )
