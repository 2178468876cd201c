"""What pytest loads by itself where echospan is installed: the fixture `conforms`.

It is outside the package, since importing echospan chooses a backend for Keras: a test suite that
has echospan installed and does not use it must not notice. Hypothesis does the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from echospan.report.objects import ConformReport


@pytest.fixture
def conforms(request: pytest.FixtureRequest) -> Callable[..., ConformReport]:
    """`echospan.pytest_plugin.assert_conforms`; what it could not tell is in the test's report."""
    from echospan.pytest_plugin import assert_conforms, unsure

    def checked(model: Any, **settings: Any) -> ConformReport:
        __tracebackhide__ = True
        report = assert_conforms(model, **settings)
        if told := unsure(report):
            request.node.add_report_section("call", "echospan", told)
        return report

    return checked
