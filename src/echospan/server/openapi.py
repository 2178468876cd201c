"""The description of the API, made from the routes and the forms."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from pydantic.json_schema import models_json_schema

from echospan.server.forms import ErrorForm
from echospan.server.http import JSON
from echospan.server.routes import ROUTES, Route

COMMON = {
    400: "The request is malformed.",
    401: "The token is missing or wrong.",
    403: "The host is another one, or a page of another site sends the request.",
    404: "There is no such run, session or path.",
    405: "The path has no such method.",
    408: "The body did not arrive in time.",
    409: "The session is at another step, or what is saved of it is damaged.",
    410: "The run was removed from the store.",
    413: "The request is too large.",
    415: "The body is not declared as JSON.",
    422: "A value or a setting can't be used; the state is unchanged.",
    429: "More is asked than the server allows; Retry-After has the seconds to wait.",
    500: "The server has a fault.",
    503: "Too much work waits; Retry-After has the seconds to wait. The state is unchanged.",
}

OF_ALL = (400, 401, 403, 408, 429, 503)
WITH_BODY = (413, 415, 422)


def describe(*, token: bool) -> dict[str, Any]:
    """The API in OpenAPI 3.1.

    Args:
        token: Whether requests need one.
    """
    kinds = {kind for route in ROUTES for kind in (route.body, route.answer) if kind} | {ErrorForm}
    ordered = sorted(kinds, key=lambda kind: kind.__name__)
    _, schemas = models_json_schema(
        [(kind, "validation") for kind in ordered], ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.template, {})[route.method.lower()] = _operation(route, token)
    components: dict[str, Any] = {"schemas": schemas["$defs"]}
    if token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "echospan serve",
            "version": metadata.version("echospan"),
            "description": "Trained runs of echospan: predictions, and streams of values.",
        },
        "paths": paths,
        "components": components,
    }


def _operation(route: Route, token: bool) -> dict[str, Any]:
    refused = {*OF_ALL, *route.refusals, *(WITH_BODY if route.body else ())}
    responses: dict[str, Any] = {str(route.status): _success(route)}
    for status in sorted(refused):
        responses[str(status)] = {
            "description": COMMON[status],
            "content": {JSON: {"schema": _ref(ErrorForm)}},
        }
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.told,
        "responses": responses,
    }
    names = [part[1:-1] for part in route.path if part.startswith("{")]
    if names:
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": _ID[name]} for name in names
        ]
    if route.body:
        operation["requestBody"] = {
            "required": any(field.is_required() for field in route.body.model_fields.values()),
            "content": {JSON: {"schema": _ref(route.body)}},
        }
    if token and route.path != ("health",):
        operation["security"] = [{"token": []}]
    return operation


_ID = {
    "run": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,95}$"},
    "session": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}


def _success(route: Route) -> dict[str, Any]:
    if route.status == 204:
        return {"description": "Done."}
    if route.answer is None:
        return {"description": "Text.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    return {"description": "Done.", "content": {JSON: {"schema": _ref(route.answer)}}}


def _ref(kind: type) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}
