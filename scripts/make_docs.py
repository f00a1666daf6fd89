"""Write the reference pages of docs/ from the code: settings, errors, events and actions.

Run by `make docs`; a test fails when a page and the code disagree. With --check nothing is
written and the exit code says whether a page is stale.
"""

import ast
import inspect
import sys
import typing
from pathlib import Path

import msgspec
from msgspec.structs import fields

from roundsman.api import envelope
from roundsman.api.endpoints import ACTIONS
from roundsman.api.reference import openapi
from roundsman.core import errors
from roundsman.events import catalogue
from roundsman.settings import PREFIX, Settings
from roundsman.web.session import HTTP_STATUS

DOCS = Path(__file__).resolve().parent.parent / "docs"
MADE = "<!-- Made from the code by `make docs`; edit the docstrings instead. -->\n\n"


def main() -> int:
    """Write every page, or tell which are stale."""
    pages = {
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "events.md": events_page(),
        "api.md": api_page(),
    }
    stale = [name for name, text in pages.items() if not _same(DOCS / name, text)]
    if "--check" in sys.argv:
        for name in stale:
            print(f"docs/{name} does not match the code. Run: make docs")
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).write_text(pages[name])
        print(f"wrote docs/{name}")
    return 0


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


def _attribute_docs(shape: type) -> dict[str, str]:
    """Return the string below each attribute of a class, which Python itself does not keep."""
    body = ast.parse(inspect.getsource(inspect.getmodule(shape) or sys.modules[__name__])).body
    found: dict[str, str] = {}
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name == shape.__name__:
            for line, below in zip(node.body, node.body[1:], strict=False):
                if (
                    isinstance(line, ast.AnnAssign)
                    and isinstance(line.target, ast.Name)
                    and isinstance(below, ast.Expr)
                    and isinstance(below.value, ast.Constant)
                ):
                    found[line.target.id] = " ".join(str(below.value.value).split())
    return found


def _summary(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def settings_page() -> str:
    """Return docs/settings.md."""
    about = _attribute_docs(Settings)
    rows = [
        f"| `{PREFIX}{field.name.upper()}` | {_shown(field.default)} | {about[field.name]} |"
        for field in fields(Settings)
    ]
    return (
        "# Settings\n\n"
        + MADE
        + "Roundsman reads `ROUNDSMAN_*` variables once, at start, and names every problem together. A variable with\n"
        "`_FILE` appended names a file that holds the value, for secrets; one without a value counts as not set. What\n"
        "a company prefers (check-in delay, rights, radius) is no setting of the server: administrators change it with\n"
        "the action `editcompany`.\n\n"
        "| Variable | Default | Meaning |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )


def _shown(default: object) -> str:
    if isinstance(default, tuple):
        parts = [str(part) for part in typing.cast("tuple[object, ...]", default)]
        return f"`{','.join(parts)}`" if parts else "empty"
    if isinstance(default, bool):
        return "`on`" if default else "`off`"
    return f"`{default}`" if str(default) else "empty"


def errors_page() -> str:
    """Return docs/errors.md."""
    rows: list[str] = []
    for one in _refusals():
        status = envelope.STATUS.get(one.code)
        shown = "" if status is None else f"`{status}`"
        rows.append(
            f"| `{one.code}` | {shown} | {HTTP_STATUS.get(one.code, '')} | {_summary(one)} |"
        )
    return (
        "# Errors\n\n"
        + MADE
        + "A refusal carries a `code` for programs, a `message` for people and often the `field` meant. `/api` answers\n"
        "HTTP 200 with a negative `status` (413 for a body that is too large, 504 when it took too long); the browser\n"
        "app gets an HTTP status. Anything else that goes wrong is a bug: HTTP 500 with a `request_id` that is in the log.\n\n"
        "| Code | `/api` status | Browser | When |\n| --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n"
    )


def _refusals() -> list[type[errors.Refusal]]:
    found = [
        one
        for _, one in inspect.getmembers(errors, inspect.isclass)
        if issubclass(one, errors.Refusal) and one is not errors.Refusal
    ]
    return sorted(found, key=lambda one: one.code)


def events_page() -> str:
    """Return docs/events.md."""
    facts = typing.get_args(catalogue.Fact.__value__)
    rows = [
        f"| `{one.__struct_config__.tag}` | {', '.join(f'`{field.name}`' for field in fields(one))} | {_summary(one)} |"
        for one in facts
    ]
    return (
        "# Facts\n\n"
        + MADE
        + "Every change is told as a fact, written to the outbox in the transaction of the change. Reactions, webhooks\n"
        "and live pages follow from facts; nothing else carries change through the house.\n\n"
        "| Fact | Holds | When |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )


def api_page() -> str:
    """Return docs/api.md."""
    document = msgspec.json.decode(openapi(ACTIONS))
    schemas = document["components"]["schemas"]
    parts = [
        "# The API\n\n" + MADE,
        (
            '`POST /api/<action>` with `{"data": {...}}` and the header `API-Key`; the answer carries `status`, 0 for\n'
            "success. A running server shows the same with examples at `/reference`, and as OpenAPI 3.1 at\n"
            "`/api/openapi.json`. Actions marked *extension* are our own. Refusals: [errors.md](errors.md).\n\n"
            "Working hours are answered in minutes since midnight; a pair with a value above 1440, or one that is no\n"
            "valid pair of minutes, is read as HHMM. Times are milliseconds since 1970 UTC, days integers such as 20260105.\n"
        ),
    ]
    for path, methods in document["paths"].items():
        one = methods["post"]
        mark = " *(extension)*" if one.get("x-extension") else ""
        parts.append(f"\n## {path.removeprefix('/api/')}{mark}\n\n{one['summary']}\n")
        if one["description"]:
            parts.append("\n" + " ".join(one["description"].split()) + "\n")
        shape = one["requestBody"]["content"]["application/json"]["schema"]["properties"]["data"]
        shape = schemas[shape["$ref"].rsplit("/", 1)[1]] if "$ref" in shape else shape
        if shape.get("properties"):
            required = set(shape.get("required", ()))
            parts.append("\n| Field | Type | | Meaning |\n| --- | --- | --- | --- |\n")
            for name, field in shape["properties"].items():
                need = "required" if name in required else ""
                parts.append(
                    f"| `{name}` | {_kind(field)} | {need} | {field.get('description', '')} |\n"
                )
    return "".join(parts)


def _kind(field: dict[str, typing.Any]) -> str:
    if "anyOf" in field:
        kinds = [_kind(one) for one in field["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[1]
    if field.get("type") == "array" and field.get("items"):
        return f"list of {_kind(field['items'])}"
    return str(field.get("type", "any"))


if __name__ == "__main__":
    sys.exit(main())
