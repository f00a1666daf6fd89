"""What a hostile caller sends to a real process over real sockets."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from msgspec.structs import fields

from roundsman.api.endpoints import ACTIONS
from tests.conftest import DATABASES, database_of
from tests.job_table import LINES, each
from tests.program import running
from tests.world import make_world

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.program import Program
    from tests.world import World

MIB = 1 << 20
# What a request within the limits may take in passing: its bytes, and its values decoded.
PASSING = 100 * MIB
WAIT_S = 60


class Target:
    """A running program with two companies on it, and what Acme holds before the attack."""

    def __init__(self, world: World, program: Program) -> None:
        self.world = world
        self.program = program
        self.client = httpx.Client(base_url=program.url, timeout=WAIT_S)
        self.key = world.ada.key
        made = self.call("createjobs", {"jobs": [{"destinationName": "kept", "uidSecondary": "A"}]})
        self.job: str = made["jobs"][0]["id"]
        foreign = self.call("createjobs", {"jobs": [{}]}, key=world.zoe.key)
        self.foreign: str = foreign["jobs"][0]["id"]
        self.before: dict[str, Any] = {}

    def call(self, action: str, data: dict[str, Any], key: str = "") -> dict[str, Any]:
        """Call an action as an honest client would."""
        answer = self.client.post(
            f"/api/{action}", json={"data": data}, headers={"API-Key": key or self.key}
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def send(self, action: str, body: bytes | Iterable[bytes], **headers: str) -> httpx.Response:
        """Send any body to an action with Ada's key."""
        headers = {"API-Key": self.key, **headers}
        answer = self.client.post(f"/api/{action}", content=body, headers=headers)
        check_silent(answer)
        return answer

    def stored(self) -> dict[str, Any]:
        """Return everything both companies hold."""
        reads: list[tuple[str, dict[str, Any]]] = [
            ("getjobs", {"day": 0}),
            ("getjobs", {"from": 19000101}),
            ("getaccounts", {}),
            ("getplaces", {}),
            ("getcompany", {}),
            ("getwebhooks", {}),
        ]
        return {
            f"{person.company} {action} {data}": self.call(action, data, person.key)
            for person in (self.world.ada, self.world.zoe)
            for action, data in reads
        }

    def check_unharmed(self) -> None:
        """Check that the program lives, nothing was stored, nothing broke and no key was logged."""
        self.program.check_alive()
        assert self.stored() == self.before
        log = "\n".join(self.program.lines())
        assert "Traceback" not in log
        assert "action_failed" not in log
        assert self.key not in log


def check_silent(answer: httpx.Response) -> None:
    """Check that an answer says nothing about our insides."""
    for trace in ("Traceback", 'File \\"', ".py", "psycopg", "sqlite", "msgspec"):
        assert trace not in answer.text, answer.text


@pytest.fixture(scope="module", params=DATABASES)
def running_target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path
) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("hostile")
    with database_of(request.param, folder, empty_sqlite) as url:
        world = make_world(url, folder)
        with running(world.app.settings) as program:
            made = Target(world, program)
            yield made
            made.client.close()
        anyio.run(world.close)


@pytest.fixture
def target(running_target: Target) -> Target:
    """Return the running program, with what it holds before the test."""
    running_target.before = running_target.stored()
    return running_target


# --- too much -------------------------------------------------------------------------------------


def test_64_mib_are_refused_without_being_kept(target: Target) -> None:
    before = target.program.memory("VmHWM")
    big = b'{"data":{"jobs":[{"destinationName":"' + b"x" * (64 * MIB) + b'"}]}}'
    for action in ("createjobs", "getjobs", "nothing"):
        answer = target.send(action, big)
        assert (answer.status_code, answer.json()["status"]) == (413, -1)
    assert target.program.memory("VmHWM") - before < 40 * MIB
    target.check_unharmed()


def test_64_mib_without_a_declared_length_are_refused_too(target: Target) -> None:
    before = target.program.memory("VmHWM")
    parts = [b'{"data":{"jobs":[', *[b'{"fileNumber":"x"},' * 4000] * 900, b"{}]}}"]
    assert sum(map(len, parts)) > 64 * MIB
    answer = target.send("createjobs", iter(parts))
    assert answer.request.headers["transfer-encoding"] == "chunked"
    assert (answer.status_code, answer.json()["status"]) == (413, -1)
    assert target.program.memory("VmHWM") - before < 40 * MIB
    target.check_unharmed()


@pytest.mark.parametrize(
    "value", [b"{}", b"[]", b"1", b'"a"', b"[[[[[[[[]]]]]]]]", b'{"a":{"b":{}}}']
)
def test_many_small_values_do_not_fill_the_memory(target: Target, value: bytes) -> None:
    before = target.program.memory("VmHWM")
    values = b",".join([value] * (7 * MIB // (len(value) + 1)))
    for body in (
        b'{"data":{"jobs":[%s]}}',
        b'{"data":{"ids":[%s]}}',
        b'{"data":{"x":[%s]}}',
        b"[%s]",
    ):
        answer = target.send("createjobs", body % values)
        assert answer.status_code == 200
        assert answer.json()["status"] in {-1, -11}
    assert target.program.memory("VmHWM") - before < PASSING
    target.check_unharmed()


def test_a_body_just_within_the_limits_does_not_fill_the_memory(target: Target) -> None:
    before = target.program.memory("VmHWM")
    values = b"[]," * 249_000 + b"{}"
    for body in (b'{"data":{"jobs":[%s]}}', b'{"data":{"x":[%s]}}'):
        assert target.send("createjobs", body % values).json()["status"] in {-1, -11}
    text = b'{"data":{"jobs":[{"destinationName":"%s"}]}}' % (b"x" * (8 * MIB - 60))
    assert target.send("createjobs", text).json()["status"] == -11
    assert target.program.memory("VmHWM") - before < PASSING
    target.check_unharmed()


def test_deep_nesting_does_not_break_the_stack(target: Target) -> None:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        for depth in (900, 100_000, 8 * MIB // len(opening + closing) - 20):
            deep = opening * depth + b"1" + closing * depth
            for body in (
                b'{"data":{"x":%s}}',
                b'{"data":{"jobs":[{"customFields":%s}]}}',
                b'{"auth":%s,"data":{}}',
                b"%s",
            ):
                answer = target.send("createjobs", body % deep)
                assert answer.json()["status"] in {-1, -11, -8}, answer.text
    target.check_unharmed()


# --- what is no job -------------------------------------------------------------------------------


def test_wrong_types_and_values_in_every_field_store_nothing(target: Target) -> None:
    for line in LINES:
        for status, wrongs in ((-1, line.wrong_types), (-11, line.wrong_values)):
            for wrong in wrongs:
                job = {line.wire: wrong}
                made = target.call("createjobs", {"jobs": [{}, job]})
                assert made["status"] == status, (line.wire, wrong)
                edited = target.call("editjobs", {"jobs": {target.job: job}})
                assert edited["status"] == status, (line.wire, wrong)
    target.check_unharmed()


def test_nonsense_in_every_parameter_of_every_action_changes_nothing(target: Target) -> None:
    nonsense = ({"a": {"b": [1]}}, [[{"a": 1}]], {"": None}, 1e300, -(10**30), True)
    for action, line in ACTIONS.items():
        for parameter in fields(line.ask):
            for value in nonsense:
                answer = target.call(action, {parameter.encode_name: value})
                assert isinstance(answer["status"], int), (action, parameter.name, value)
    target.check_unharmed()


def test_bytes_that_are_no_text_store_nothing(target: Target) -> None:
    job = b'{"data":{"jobs":[{"destinationName":"%s"}]}}'
    for text, status in (
        (b"\xff", -1),
        (b"\xc3", -1),
        (b"\xed\xa0\x80", -1),
        (b"\xf4\x90\x80\x80", -1),
        (b"\\ud800", -1),
        (b"\\udfff\\ud800", -1),
        (b"\x00", -1),
        (b"\\u0000", -11),
        (b"\\\\\\u0000", -11),
    ):
        assert target.send("createjobs", job % text).json()["status"] == status, text
    for number in (b"1e999", b"-1e999", b"9" * 400, b"9" * 100_000, b"NaN", b"1" * 25):
        for name in (b"priority", b"destinationLat", b"orderId", b"tsCheckIn", b"day"):
            body = b'{"data":{"jobs":[{"%s":%s}]}}' % (name, number)
            assert target.send("createjobs", body).json()["status"] in {-1, -11}, (name, number)
    target.check_unharmed()


def test_ids_of_another_company_and_of_nobody_reach_nothing(target: Target) -> None:
    texts = ("-1", "'", "';--", "%", "_", "*", "../", "\u202e", "x" * 100_000, "\ud7ff")
    ids = [target.foreign, "tpl-" + target.foreign, *texts]
    for one in ids:
        for action, data, statuses in each(
            (
                ("getjobs", {"id": one}, {0}),
                ("getjobs", {"ids": [one] * 50}, {0}),
                ("getjobs", {"worker": one}, {-2, 0} if one == "*" else {-2}),
                ("editjobs", {"jobs": {one: {"priority": 1}}}, {-11}),
                ("archivejobs", {"jobs": [one]}, {-11}),
                ("restorejobs", {"jobs": {one: {}}}, {-11}),
                ("deletejobs", {"jobs": [one]}, {0}),
                ("createjobs", {"jobs": [{"placeUid": one}]}, {-11}),
                ("createjobs", {"jobs": [{"receiverUid": one}]}, {-2, -11}),
            )
        ):
            answer = target.call(action, data)
            assert answer["status"] in statuses, (action, one[:50], answer)
            assert not answer.get("jobs")
    target.check_unharmed()


def test_a_refusal_stays_short_whatever_it_names(target: Target) -> None:
    name = "x" * MIB
    for action, data in each(
        (
            ("editjobs", {"jobs": {name: {}}}),
            ("archivejobs", {"jobs": [name]}),
            ("getjobs", {"worker": name}),
            ("getjobs", {"sort": name}),
            ("createjobs", {"jobs": [{"worker": name[:20_000]}]}),
            ("createjobs", {"jobs": [{"placeUid": name[:20_000]}]}),
            ("optimizeroute", {"account": name, "day": 20260105}),
        )
    ):
        answer = target.call(action, data)
        assert answer["status"] in {-2, -11}, action
        assert len(json.dumps(answer)) < 1000
        assert answer["message"].startswith(("No ", "There is no "))
        assert answer["message"].endswith(".")
    target.check_unharmed()


def test_ids_and_numbers_of_every_size_are_only_looked_for(target: Target) -> None:
    for number in (-1, 0, 2**31, 2**53, 2**63 - 1, -(2**63), 2**63, 2**64, 10**40, -(10**40)):
        for name in ("day", "team", "orderId", "limit", "skip", "from", "until", "progressActive"):
            answer = target.call("getjobs", {name: number})
            assert answer["status"] in {0, -1, -11}, (name, number, answer)
            assert not [job for job in answer.get("jobs", []) if name == "orderId" and number]
    target.check_unharmed()


# --- what is no HTTP ------------------------------------------------------------------------------


def talk(target: Target, sent: bytes, *, half_close: bool = False) -> bytes:
    """Send bytes over a connection of their own and return what comes back until it ends."""
    with socket.create_connection(("127.0.0.1", target.program.port), timeout=WAIT_S) as line:
        # Who is turned away may find the line closed already: no ConnectionError but ENOTCONN.
        with contextlib.suppress(OSError):
            line.sendall(sent)
            if half_close:
                line.shutdown(socket.SHUT_WR)
        received = b""
        with contextlib.suppress(ConnectionError):
            while part := line.recv(65536):
                received += part
                if b"\r\n\r\n" in received and not half_close:
                    break
        return received


def request(target: Target, length: object, body: bytes) -> bytes:
    head = f"POST /api/createjobs HTTP/1.1\r\nHost: x\r\nAPI-Key: {target.key}\r\n"
    return f"{head}Content-Length: {length}\r\n\r\n".encode() + body


BODY = b'{"data":{"jobs":[{}]}}'


def test_a_content_length_that_is_none_is_refused_by_the_door(target: Target) -> None:
    for length in ("abc", "-1", "1e3", "0x10", "9" * 100, "5, 6", "5\r\nContent-Length: 6"):
        answer = talk(target, request(target, length, BODY))
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400"), (length, answer)
    target.check_unharmed()


def test_a_content_length_that_is_too_small_stores_nothing(target: Target) -> None:
    answer = talk(target, request(target, len(BODY) - 5, BODY))
    assert answer.startswith(b"HTTP/1.1 400") or b'"status":-1' in answer
    target.check_unharmed()


def test_a_body_that_breaks_off_stores_nothing(target: Target) -> None:
    for sent in (BODY, BODY[:10], b""):
        talk(target, request(target, len(BODY) + 1000, sent), half_close=True)
    chunked = f"POST /api/createjobs HTTP/1.1\r\nHost: x\r\nAPI-Key: {target.key}\r\n"
    chunked += "Transfer-Encoding: chunked\r\n\r\n5\r\n"
    talk(target, chunked.encode() + BODY[:5], half_close=True)
    target.check_unharmed()


def test_what_is_no_http_gets_no_answer_of_ours(target: Target) -> None:
    for sent in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
        b"\x00" * 10_000,
        b"GET\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"POST /api/getjobs HTTP/9.9\r\n\r\n",
        b"POST /api/getjobs HTTP/1.1\r\n" + b"X" * MIB + b"\r\n\r\n",
        b"POST /" + b"a" * MIB + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        answer = talk(target, sent, half_close=True)
        assert answer == b"" or answer.split(b" ")[1] in {
            b"400",
            b"404",
            b"405",
            b"413",
            b"414",
            b"431",
        }
    target.check_unharmed()


def test_a_slow_sender_is_served_and_holds_nobody_up(target: Target) -> None:
    body = json.dumps({"data": {"day": 0}}).encode()
    head = request(target, len(body), b"").replace(b"createjobs", b"getjobs")
    address = ("127.0.0.1", target.program.port)
    with contextlib.ExitStack() as open_lines:
        lines = [
            open_lines.enter_context(socket.create_connection(address, timeout=WAIT_S))
            for _ in range(200)
        ]
        for line in lines:
            line.sendall(head + body[:-1])
        target.check_unharmed()
        for line in lines[:100]:
            line.sendall(body[-1:])
        for line in lines[:100]:
            assert line.recv(65536).startswith(b"HTTP/1.1 200")
    target.check_unharmed()


def test_a_caller_who_leaves_without_waiting_breaks_nothing(target: Target) -> None:
    body = json.dumps({"data": {"day": 0}}).encode()
    head = request(target, len(body), body).replace(b"createjobs", b"getjobs")
    for _ in range(100):
        with socket.create_connection(("127.0.0.1", target.program.port)) as line:
            line.sendall(head)
    target.check_unharmed()


# --- offers of other protocols --------------------------------------------------------------------

WEBSOCKET = """Upgrade: websocket\r
Connection: Upgrade\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="""
H2C = "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAA"
OFFERS = (
    H2C,
    "Upgrade: TLS/1.2\r\nConnection: Upgrade",
    WEBSOCKET,
    "Upgrade: websocket, h2c\r\nConnection: keep-alive, Upgrade",
    "Upgrade: \r\nConnection: upgrade",
)


def offering(target: Target, offer: str, action: str, length: object) -> bytes:
    """Return the head of a request that offers to go on in another protocol."""
    head = request(target, length, b"").replace(b"createjobs", action.encode())
    return head.replace(b"Host: x\r\n", b"Host: x\r\n" + offer.encode() + b"\r\n")


@pytest.mark.parametrize("offer", OFFERS)
def test_an_offer_of_another_protocol_is_passed_over(target: Target, offer: str) -> None:
    body = json.dumps({"data": {"id": target.job}}).encode()
    head = offering(target, offer, "getjobs", len(body))
    plain = request(target, len(body), body).replace(b"createjobs", b"getjobs")
    closing = plain.replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n")
    parts = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (5, body[:5], len(body) - 5, body[5:])
    chunked = head.replace(f"Content-Length: {len(body)}".encode(), b"Transfer-Encoding: chunked")
    for sent in (
        [head + body],
        [head, body],
        [head[:40], head[40:-10], head[-10:] + body[:3], body[3:]],
        [chunked + parts],
        [head + body + plain + head + body],
    ):
        with socket.create_connection(("127.0.0.1", target.program.port), timeout=WAIT_S) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for part in sent:
                line.sendall(part)
            # The last request closes the line, so that all that was answered can be read.
            line.sendall(closing)
            received = b""
            while part := line.recv(65536):
                received += part
        requests = b"".join(sent).count(b"POST /api") + 1
        assert received.count(b"HTTP/1.1 200") == requests, received
        assert received.count(target.job.encode()) == requests
    target.check_unharmed()


def test_a_thousand_offers_at_once_are_answered_one_by_one(target: Target) -> None:
    offered = offering(target, H2C, "getjobs", 2) + b"{}"
    closing = request(target, 2, b"{}").replace(b"Host: x", b"Host: x\r\nConnection: close")
    with socket.create_connection(("127.0.0.1", target.program.port), timeout=WAIT_S) as line:
        line.sendall(offered * 1000 + closing)
        received = b""
        while part := line.recv(65536):
            received += part
    assert received.count(b"HTTP/1.1 200") == 1001
    target.check_unharmed()


def test_a_tunnel_is_not_dug(target: Target) -> None:
    for path in (b"x:1", b"/api/getjobs"):
        for offer in (b"", b"Upgrade: h2c\r\nConnection: Upgrade\r\n"):
            answer = talk(target, b"CONNECT %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (path, offer))
            assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 405")), answer
    target.check_unharmed()


@pytest.mark.parametrize("path", ["/api/getjobs", "/api/nothing", "/ingest/osmand/x", "/nothing"])
def test_a_websocket_is_opened_to_the_live_page_only(target: Target, path: str) -> None:
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\n{WEBSOCKET}\r\n\r\n"
    assert talk(target, head.encode()).startswith(b"HTTP/1.1 403")
    target.check_unharmed()
