"""A property-based API tester against our own document: it makes up requests of every shape."""

# The tester leaves its generic classes open, so nothing that it returns has a full type.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from roundsman.api.endpoints import ACTIONS
from tests.conftest import DATABASES, database_of
from tests.program import running
from tests.world import make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from schemathesis import Case
    from schemathesis.schemas import BaseSchema

    from tests.program import Program
    from tests.world import World

GOOD, BAD = 20, 10
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CALM = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)


class Subject:
    """A running program, its document, and a job, a template and a place to be changed."""

    def __init__(self, world: World, program: Program, schema: BaseSchema) -> None:
        self.world = world
        self.program = program
        self.schema = schema
        self.headers = {"API-Key": world.ada.key}
        self.ids: list[str] = []

    def call(self, action: str, **data: Any) -> dict[str, Any]:
        """Call an action as an honest client would."""
        url = f"{self.program.url}/api/{action}"
        answer = httpx.post(url, json={"data": data}, headers=self.headers, timeout=60)
        return dict(answer.json())

    def prepare(self) -> None:
        """Put the company back to work, whatever was done to it, and have something to change."""
        self.world.set_policy(api_enabled=True)
        if self.call("getjobs", ids=self.ids).get("jobs", []) == []:
            jobs = self.call("createjobs", jobs=[{}])["jobs"]
            jobs += self.call("createjobs", jobs=[{}], template=True)["jobs"]
            self.ids = [job["id"] for job in jobs]


@pytest.fixture(scope="module", params=DATABASES)
def subject(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path
) -> Iterator[Subject]:
    folder = tmp_path_factory.mktemp("schemathesis")
    with database_of(request.param, folder, empty_sqlite) as url:
        world = make_world(url, folder)
        with running(world.app.settings) as program:
            schema = schemathesis.openapi.from_url(f"{program.url}/api/openapi.json")
            # A NUL is refused at the door (test_envelope) and would hide what lies behind it.
            schema.config.generation.update(allow_x00=False)
            yield Subject(world, program, schema)
        anyio.run(world.close)


def aimed(case: Case[Any], ids: list[str]) -> None:
    """Let a made-up request name jobs that are there: nobody would guess their ids."""
    if not isinstance(case.body, dict):
        return
    body: dict[str, Any] = case.body
    data: Any = body.get("data")
    if not isinstance(data, dict) or "jobs" not in data:
        return
    jobs: Any = data["jobs"]
    if case.operation.label.endswith("createjobs"):
        return
    if isinstance(jobs, dict) and jobs:
        named = dict(zip(ids, jobs.values(), strict=False))
        case.body = {**body, "data": {**data, "jobs": named}}


def send_made_up(subject: Subject, action: str, mode: GenerationMode, examples: int) -> None:
    """Send made-up requests to an action and check every answer and the log."""
    subject.prepare()
    operation = subject.schema[f"/api/{action}"]["post"]

    @settings(CALM, max_examples=examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Case[Any]) -> None:
        aimed(case, subject.ids)
        answer = case.call(headers=subject.headers)
        case.validate_response(answer, checks=CHECKS)

    send()
    subject.program.check_alive()
    log = "\n".join(subject.program.lines())
    assert "action_failed" not in log
    assert "Traceback" not in log


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_what_fits_the_document_is_answered_by_it(subject: Subject, action: str) -> None:
    send_made_up(subject, action, GenerationMode.POSITIVE, GOOD)


# What does not fit the document never comes as far as the database, so one of them will do.
@pytest.mark.parametrize("subject", ["sqlite"], indirect=True)
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_what_does_not_fit_is_refused_by_it(subject: Subject, action: str) -> None:
    send_made_up(subject, action, GenerationMode.NEGATIVE, BAD)
