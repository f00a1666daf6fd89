"""The RPC surface describes itself: OpenAPI 3.1 at `/api/openapi.json`."""

import inspect
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from roundsman.api.envelope import STATUS
from roundsman.api.fields import JOB_FIELDS, SPECIAL_FIELDS
from roundsman.api.shapes import Action, File
from roundsman.http.openapi import REF, Operation, document, schemas_of

_ABOUT = """Every action is a POST whose JSON body holds its parameters in `data`; every answer
carries `status`: 0 is success, a negative number a refusal with a `message` for people. Send your
key in the header `API-Key`. The surface is compatible with the Hellotracks API v2; actions marked
as extensions are our own."""

_MEANING: Mapping[int, str] = {
    0: "Success.",
    -1: "Format error: no JSON, or a field of the wrong JSON type.",
    -2: "No such member.",
    -3: "Wrong user name or password, or a user that does not fit the key.",
    -4: "The user name belongs to somebody in another company.",
    -5: "Permission denied.",
    -6: "The member or company is deactivated.",
    -7: "Not ready: try again later.",
    -8: "Invalid, missing or disabled API key.",
    -9: "Too many requests.",
    -11: "Data error: well-formed, but it cannot be right.",
    -99: "Unknown action or version.",
}

_FILES = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "text/csv",
)


@lru_cache(maxsize=1)
def _version() -> str:
    try:
        return version("roundsman")
    except PackageNotFoundError:
        return "0"


def openapi(actions: Mapping[str, Action]) -> bytes:
    """Return the document of a table of actions as JSON."""
    answers = [action.answer for action in actions.values() if action.answer is not File]
    asks = [action.ask for action in actions.values()]
    shown = [shape for action in actions.values() for shape in action.shows]
    found, components = schemas_of([*asks, *answers, *shown])
    refused = {
        "type": "object",
        "description": "A refusal: nothing was changed.",
        "properties": {
            "status": {
                "type": "integer",
                "maximum": -1,
                "description": "See the table of status codes.",
            },
            "message": {"type": "string", "description": "One sentence for people."},
            "code": {"type": "string", "description": "The reason for programs."},
            "field": {"type": "string", "description": "The field meant, if one was."},
        },
        "required": ["status", "message", "code"],
    }
    components |= {"Refused": refused, "JobInput": _job_input()}
    by_ask = dict(zip(actions, found[: len(asks)], strict=True))
    by_answer = dict(
        zip([a for a in actions if actions[a].answer is not File], found[len(asks) :], strict=False)
    )
    operations = [
        _operation(name, action, by_ask[name], by_answer.get(name))
        for name, action in actions.items()
    ]
    return msgspec.json.encode(
        document(
            version=_version(),
            description=_ABOUT,
            operations=operations,
            schemas=components,
            security={
                "key": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "API-Key",
                    "description": "Made under API and integrations.",
                }
            },
            statuses=[
                {
                    "status": status,
                    "meaning": meaning,
                    "codes": [code for code, number in STATUS.items() if number == status],
                }
                for status, meaning in _MEANING.items()
            ],
        )
    )


def _operation(
    name: str, action: Action, ask: Mapping[str, Any], answer: Mapping[str, Any] | None
) -> Operation:
    summary = (inspect.getdoc(action.handler) or name).split("\n\n")[0].replace("\n", " ")
    details = (inspect.getdoc(action.ask) or "").partition("\n\n")[2]
    refused = {"$ref": REF.format(name="Refused")}
    content: dict[str, Any] = (
        {"application/json": {"schema": {"anyOf": [answer, refused]}}}
        if answer is not None
        else {
            "application/json": {"schema": refused},
            **{media: {"schema": {"type": "string", "format": "binary"}} for media in _FILES},
        }
    )
    return Operation(
        path=f"/api/{name}",
        method="post",
        name=name,
        tag=action.tag,
        summary=summary,
        description=details,
        request={
            "type": "object",
            "properties": {
                "data": ask,
                "ver": {
                    "type": "integer",
                    "enum": [1, 2],
                    "default": 2,
                    "description": "API version.",
                },
                "auth": {
                    "type": "object",
                    "deprecated": True,
                    "description": "Credentials of older clients: user name and key.",
                    "properties": {"usr": {"type": "string"}, "key": {"type": "string"}},
                },
            },
            "required": ["data"],
        },
        answers={
            "200": {"description": "Handled; look at `status`.", "content": content},
            "413": {
                "description": "The body is too large.",
                "content": {"application/json": {"schema": refused}},
            },
            "504": {
                "description": "It took too long: ask for less.",
                "content": {"application/json": {"schema": refused}},
            },
        },
        ours=action.ours,
    )


def _job_input() -> dict[str, Any]:
    """Return the schema of a job in a request, from the table that reads it."""
    properties: dict[str, Any] = {}
    for line in JOB_FIELDS:
        properties[line.wire] = {"type": line.kind, "description": line.about}
    for name, kind, about in SPECIAL_FIELDS:
        properties[name] = {"type": kind, "description": about}
    properties["customFields"]["items"] = {
        "type": "object",
        "properties": {"key": {"type": "string"}, "val": {"type": "string"}},
        "required": ["key"],
    }
    return {
        "type": "object",
        "description": "A job in a request. Unknown and read-only members are ignored.",
        "properties": properties,
        "patternProperties": {
            "^custom_": {"type": "string", "description": "One custom field; empty removes it."},
            "^extra_number_[1-7]_val$": {
                "type": "number",
                "description": "A number the worker typed.",
            },
            "^extra_text_[1-7]_val$": {"type": "string", "description": "A text the worker typed."},
        },
    }
