"""Requests that Schemathesis makes from the API's own description."""

from __future__ import annotations

import shutil

import pytest

schemathesis = pytest.importorskip("schemathesis")

from hypothesis import HealthCheck, given, settings, strategies  # noqa: E402

from echospan.server import make_app  # noqa: E402
from echospan.server.routes import ROUTES  # noqa: E402
from server.conftest import hub_of  # noqa: E402

pytestmark = pytest.mark.slow

HEADERS = {"Host": "127.0.0.1"}


@pytest.fixture(scope="module")
def described(trained, tmp_path_factory, ids):
    folder = tmp_path_factory.mktemp("described") / "runs"
    shutil.copytree(trained, folder)
    hub = hub_of(folder, ids, rate=1e9, sessions=10**6, saved=10**6)
    yield schemathesis.openapi.from_asgi("/openapi.json", make_app(hub), headers=HEADERS)
    hub.close()


@pytest.fixture
def real(described, ids):
    """What stands in the paths: a run that is served, and a session that is open."""
    run = ids[0]
    answer = described["/runs/{run}/sessions"]["POST"].Case(
        path_parameters={"run": run}, body={}, media_type="application/json"
    )
    told = answer.call(headers=HEADERS)
    assert told.status_code == 201, told.content
    return {"run": run, "session": told.json()["session"]}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.template}")
def test_every_answer_is_as_described(described, real, route):
    operation = described[route.template][route.method]
    # A text may be a value that the model does not know: 422 then, which the description has.
    excluded = [schemathesis.checks.positive_data_acceptance]
    statuses = set()

    @settings(
        max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(), ours=strategies.booleans())
    def check(case, ours):
        if ours and route.method != "DELETE":
            # Random ids are refused for what they are; behind these there is something.
            case.path_parameters = {
                name: real[name] for name in ("run", "session") if f"{{{name}}}" in route.path
            }
        answer = case.call_and_validate(headers=HEADERS, excluded_checks=excluded)
        statuses.add(answer.status_code)

    check()
    assert statuses
    assert max(statuses) < 500
    if route.body is None or not route.body.model_fields:
        assert route.status in statuses or route.path[-1] in ("{session}", "restore")
