from __future__ import annotations

import pytest

from echospan.engine.kernels.native import library

FOUND = library.status().library


def pytest_generate_tests(metafunc):
    if "instructions" in metafunc.fixturenames:
        metafunc.parametrize("instructions", FOUND.usable if FOUND else (), indirect=True)


@pytest.fixture
def instructions(request):
    """Each instruction set that this processor has, in use for the length of a test."""
    before = FOUND.instructions
    FOUND.choose(request.param)
    assert FOUND.instructions == request.param
    yield request.param
    FOUND.choose(before)
