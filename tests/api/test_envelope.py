from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from roundsman.api.rpc import Rpc
from roundsman.api.shapes import Action, Ask, Call, Done
from roundsman.http.limits import Rate, Throttle
from roundsman.http.log import RequestLog
from tests.world import make_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.world import World

pytestmark = pytest.mark.anyio

READ = {"data": {"day": 0}}


async def status_of(world: World, body: bytes, **headers: str) -> int:
    """Send bytes to getjobs and return the status in the answer, which comes with HTTP 200."""
    answer = await world.ada.raw("getjobs", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    check(answer)
    return int(answer.json()["status"])


def check(answer: httpx.Response) -> None:
    """Check what every answer of this surface has in common."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]
    body = answer.json()
    assert isinstance(body["status"], int)
    if body["status"]:
        assert body["message"].endswith(".")
        assert body["code"].replace("_", "").isalpha()
    for trace in ("Traceback", 'File "', ".py", "psycopg", "sqlite3", "msgspec"):
        assert trace not in answer.text


# --- requests that are understood -----------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain; charset=utf-8",
        "text/plain; charset=uft-8",
        "text/plain; charset=",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/octet-stream",
        "nonsense",
        "",
    ],
)
async def test_the_body_is_json_whatever_the_content_type_says(
    still_world: World, content_type: str
) -> None:
    body = json.dumps(READ).encode()
    assert await status_of(still_world, body, **{"content-type": content_type}) == 0


async def test_a_body_without_content_type_will_do(still_world: World) -> None:
    world = still_world
    headers = {"api-key": world.ada.key}
    answer = await world.http.post(
        "/api/getjobs", content=json.dumps(READ).encode(), headers=headers
    )
    assert "content-type" not in answer.request.headers
    assert answer.json()["status"] == 0


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":{}}',
        b' \r\n\t{ "data" : { } } \n',
        b'\xef\xbb\xbf{"data":{}}',
        b'{"data":{},"more":[1,{"x":null}]}',
        b'{"ver":2,"data":{}}',
        b'{"data":{},"ver":1}',
        b'{"data":{},"ver":"2"}',
        b'{"data":{},"ver":2.0}',
        b'{"data":{},"ver":null,"auth":null}',
        b'{"data":{"day":1},"data":{"day":0}}',
        b'{"data":{"unknown":{"a":[[[[]]]]}}}',
        b'{"data":{"worker":"\\ud83d\\ude9a"},"data":{}}',
        b'{"data":{"id":"\\\\u0000"}}',
    ],
    ids=str,
)
async def test_it_understands(still_world: World, body: bytes) -> None:
    assert await status_of(still_world, body) == 0


@pytest.mark.parametrize(
    "path",
    [
        "getjobs",
        "GETJOBS",
        "GetJobs",
        "getjobs/",
        "getjobs//",
        "getjobs?x=1",
        "getjobs/?ver=2&data=",
        "%67etjobs",
    ],
)
async def test_case_slashes_and_query_strings_do_not_count(still_world: World, path: str) -> None:
    answer = await still_world.ada.raw(path, json=READ)
    check(answer)
    assert answer.json()["status"] == 0


# --- requests that are refused --------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"}",
        b"null",
        b"true",
        b"5",
        b'"data"',
        b"[]",
        b'[{"data":{}}]',
        b"{}",
        b'{"data":null}',
        b'{"data":[]}',
        b'{"data":"{}"}',
        b'{"data":5}',
        b'{"DATA":{}}',
        b'{"data":{}',
        b'{"data":{}}}',
        b'{"data":{}} x',
        b'{"data":{},}',
        b'{"data":{"ids":[1,]}}',
        b"{data:{}}",
        b"{'data':{}}",
        b'{"data":{}} // comment',
        b'{"data":{"day":NaN}}',
        b'{"data":{"day":Infinity}}',
        b'{"data":{"day":01}}',
        b'{"data":{"day":1e999}}',
        b'{"data":{"day":-1e999}}',
        b'{"data":{"day":' + b"9" * 10_000 + b"}}",
        b'{"data":{"id":"\xff"}}',
        b'{"data":{"id":"\xed\xa0\x80"}}',
        b'{"data":{"id":"\xc0\xaf"}}',
        b'{"data":{"\xff":1}}',
        b'{"data":{"id":"\\ud800"}}',
        b'{"data":{"id":"\\udc00x"}}',
        b'{"data":{"id":"\\x41"}}',
        b'{"data":{"id":"a\x00b"}}',
        b'{"data":{"id":"a\nb"}}',
        b"\x00",
        b"\xff\xfe{\x00}\x00",
        '{"data":{}}'.encode("utf-16"),
        '{"data":{}}'.encode("utf-32"),
        b"data=%7B%7D",
        b"<data/>",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
        b'{"data":{},"ver":true}',
        b'{"data":{},"ver":"two"}',
        b'{"data":{},"ver":[]}',
        b'{"data":{},"ver":{}}',
    ],
    ids=lambda body: repr(body[:40]),
)
async def test_it_refuses_what_is_no_request(still_world: World, body: bytes) -> None:
    assert await status_of(still_world, body) == -1


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize(
    "place", [b'{"data":%s}', b'{"data":{},"auth":%s}', b'{"data":{},"x":%s}', b"%s"]
)
@pytest.mark.parametrize("depth", [2_000, 100_000, 500_000])
async def test_it_survives_deep_nesting(
    still_world: World, opening: bytes, place: bytes, depth: int
) -> None:
    closing = b"]" if opening == b"[" else b"}"
    body = place % (opening * depth + b"1" + closing * depth)
    answer = await still_world.ada.raw("getjobs", content=body)
    check(answer)
    assert answer.json()["status"] in {0, -1}
    assert answer.status_code == 200


@pytest.mark.parametrize("version", ["0", "3", "-1", "1.5", "99999999999999999999999", '"3"'])
async def test_another_version_is_unknown(still_world: World, version: str) -> None:
    body = f'{{"data":{{}},"ver":{version}}}'.encode()
    assert await status_of(still_world, body) == -99


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "",
        "/",
        "getjobs/more",
        "api/getjobs",
        "get jobs",
        "%00",
        "%ff",
        "..%2fgetjobs",
        "getjobs%00",
        "é" * 500,
        "__class__",
        "keys",
    ],
)
async def test_an_unknown_action_says_so(still_world: World, name: str) -> None:
    for key in (still_world.ada.key, "", "nonsense"):
        answer = await still_world.ada.raw(name, json=READ, headers={"API-Key": key})
        assert answer.status_code == 200
        assert answer.json()["status"] == -99
        check(answer)
    broken = await still_world.ada.raw(name, content=b"no json")
    assert broken.json()["status"] == -99


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_only_post_is_answered(still_world: World, method: str) -> None:
    for name in ("getjobs", "nothing"):
        answer = await still_world.http.request(method, f"/api/{name}")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"
        if method != "HEAD":
            assert answer.json()["status"] == -1


async def test_outside_the_api_there_is_nothing(still_world: World) -> None:
    for path in ("/nothing", "/api2/getjobs", "/API/getjobs", "/apigetjobs"):
        answer = await still_world.http.post(path, json=READ)
        assert answer.status_code in {404, 405}, path


async def test_a_nul_character_cannot_be_stored(still_world: World) -> None:
    for body in (
        b'{"data":{"jobs":[{"destinationName":"a\\u0000b"}]}}',
        b'{"data":{"jobs":[{"destinationName":"a\\\\\\u0000b"}]}}',
        b'{"data":{"jobs":[{"custom_\\u0000":"x"}]}}',
    ):
        answer = await still_world.ada.raw("createjobs", content=body)
        assert answer.json()["status"] == -11
        check(answer)
    assert (await still_world.ada.post("getjobs", day=0))["jobs"] == []


# --- size and failure -----------------------------------------------------------------------------


async def test_a_body_over_the_limit_is_refused(database: str, tmp_path: Path) -> None:
    world = make_world(database, tmp_path, body_limit=2000)
    fits = b'{"data":{}}' + b" " * 1989
    assert await status_of(world, fits) == 0
    for sent in (fits + b" ", fits * 50):
        answer = await world.ada.raw("getjobs", content=sent)
        check(answer)
        assert (answer.status_code, answer.json()["status"]) == (413, -1)
        assert answer.json()["code"] == "too_large"
    chunked = await world.ada.raw("getjobs", content=_chunks(fits, b" "))
    assert chunked.status_code == 413
    await world.close()


async def _chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def _broken(call: Call, ask: Ask) -> Done:
    del call, ask
    raise ZeroDivisionError("secret detail")


async def test_a_bug_is_answered_with_an_id_and_without_a_trace(still_world: World) -> None:
    actions = {"boom": Action(ask=Ask, handler=_broken, answer=Done)}
    rpc = Rpc(still_world.db, actions, Throttle(Rate(0, 0)), used=lambda _: None)
    transport = httpx.ASGITransport(app=RequestLog(rpc))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        headers = {"API-Key": still_world.ada.key}
        answer = await client.post("/boom", json={"data": {}}, headers=headers)
    check(answer)
    assert (answer.status_code, answer.json()["status"]) == (500, -7)
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "secret detail" not in answer.text
    assert "ZeroDivision" not in answer.text


# --- other web pages ------------------------------------------------------------------------------


ASKED = {
    "Origin": "https://app.example",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "api-key,content-type",
}


async def test_other_web_pages_may_not_call(still_world: World) -> None:
    assert (await still_world.http.options("/api/getjobs", headers=ASKED)).status_code == 405
    headers = {"Origin": "https://app.example"}
    plain = await still_world.ada.raw("getjobs", json=READ, headers=headers)
    assert "access-control-allow-origin" not in plain.headers


async def test_other_web_pages_may_call_where_the_setting_allows_it(
    database: str, tmp_path: Path
) -> None:
    world = make_world(database, tmp_path, cors_origins=("https://app.example",))
    allowed = await world.http.options("/api/getjobs", headers=ASKED)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "https://app.example"
    assert "api-key" in allowed.headers["access-control-allow-headers"].lower()
    for origin, allowed_origin in (
        ("https://app.example", "https://app.example"),
        ("https://x.example", None),
    ):
        answer = await world.ada.raw("getjobs", json=READ, headers={"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == allowed_origin
    refused = await world.http.options(
        "/api/getjobs", headers={**ASKED, "Origin": "https://x.example"}
    )
    assert refused.status_code == 400
    await world.close()
