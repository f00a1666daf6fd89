"""The document in which the RPC surface describes itself."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from jsonschema import Draft202012Validator

from roundsman.api.endpoints import ACTIONS
from roundsman.api.envelope import STATUS
from tests.job_table import LINES, OTHERS, WHOLE_JOB

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def document(still_world: World) -> dict[str, Any]:
    answer = await still_world.http.get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    return dict(answer.json())


def errors_of(document: dict[str, Any], name: str, value: object) -> list[str]:
    """Return what a component of the document finds wrong in a value."""
    validator: Any = Draft202012Validator({**document, "$ref": f"#/components/schemas/{name}"})
    return [error.message for error in validator.iter_errors(value)]


async def test_it_is_a_valid_document_of_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


async def test_every_action_is_a_post_and_nothing_else_is_there(document: dict[str, Any]) -> None:
    assert set(document["paths"]) == {f"/api/{name}" for name in ACTIONS}
    for name, action in ACTIONS.items():
        methods = document["paths"][f"/api/{name}"]
        assert set(methods) == {"post"}
        operation = methods["post"]
        assert operation["operationId"] == name
        assert operation["summary"].endswith(".")
        assert operation.get("x-extension", False) is action.ours


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    components = document["components"]["schemas"]

    targets = set(re.findall(r'"\$ref":"([^"]*)"', json.dumps(document, separators=(",", ":"))))
    assert targets
    assert targets == {f"#/components/schemas/{name}" for name in components}


async def test_it_reaches_for_no_other_host(still_world: World) -> None:
    text = (await still_world.http.get("/api/openapi.json")).text
    assert "http://" not in text
    assert "https://" not in text


async def test_every_property_of_a_job_is_described(document: dict[str, Any]) -> None:
    job = document["components"]["schemas"]["JobInput"]
    assert set(job["properties"]) == {line.wire for line in LINES} | OTHERS
    assert all(one["description"] for one in job["properties"].values())


async def test_the_documented_job_input_is_the_one_that_is_taken(
    document: dict[str, Any],
) -> None:
    assert errors_of(document, "JobInput", WHOLE_JOB) == []
    for line in LINES:
        wrongs = [wrong for wrong in line.wrong_types if not isinstance(wrong, str) or not wrong]
        for wrong in wrongs:
            assert errors_of(document, "JobInput", {line.wire: wrong}), (line.wire, wrong)


async def test_answers_are_of_the_documented_form(world: World) -> None:
    document = (await world.http.get("/api/openapi.json")).json()
    job = {**WHOLE_JOB, "worker": world.wanda.username, "custom_PO": "1"}
    made = await world.ada.post("createjobs", jobs=[job, {}])
    for one in made["jobs"]:
        assert errors_of(document, "WireJob", one) == []
    refused = await world.ada.post("createjobs", jobs=[{"priority": 11}])
    assert errors_of(document, "Refused", refused) == []


async def test_every_status_code_is_explained(document: dict[str, Any]) -> None:
    explained = {line["status"]: line for line in document["x-status-codes"]}
    assert set(explained) == {0, *STATUS.values()}
    for code, status in STATUS.items():
        assert code in explained[status]["codes"]
    assert all(line["meaning"].endswith(".") for line in explained.values())


async def test_it_can_be_read_without_a_key_and_by_get_only(still_world: World) -> None:
    answer = await still_world.http.post("/api/openapi.json", json={"data": {}})
    assert answer.json()["status"] == -99
