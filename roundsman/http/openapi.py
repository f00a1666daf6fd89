"""The OpenAPI 3.1 document of a surface, made from its endpoint page."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

REF = "#/components/schemas/{name}"
TITLE = "Roundsman"


class Operation(Struct, frozen=True, kw_only=True):
    """One operation: where it is, what goes in and out, and what to say of it.

    `wrap` puts the schema of the request into the surface's envelope; `answers` maps an HTTP status
    to its description and content (media type -> schema).
    """

    path: str
    method: str
    name: str
    tag: str
    summary: str
    description: str
    request: Mapping[str, Any]
    answers: Mapping[str, Mapping[str, Any]]
    ours: bool = False


def document(
    *,
    version: str,
    description: str,
    operations: Sequence[Operation],
    schemas: Mapping[str, Any],
    security: Mapping[str, Any],
    statuses: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the document as plain values, ready to be encoded."""
    paths: dict[str, Any] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method] = {
            "operationId": one.name,
            "tags": [one.tag],
            "summary": one.summary,
            "description": one.description,
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": one.request}},
            },
            "responses": one.answers,
            **({"x-extension": True} if one.ours else {}),
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": version,
            "description": description,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(one.tag for one in operations)],
        "security": [{name: []} for name in security],
        "paths": paths,
        "components": {"schemas": dict(schemas), "securitySchemes": dict(security)},
        "x-status-codes": list(statuses),
    }


def schemas_of(types: Sequence[type[Any]]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return a schema for each type, and the components they refer to."""
    found, components = msgspec.json.schema_components(types, ref_template=REF)
    return list(found), dict(components)
