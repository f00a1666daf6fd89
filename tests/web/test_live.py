"""The live line: what changed, once a second, to those who may see it."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.serving import serving
from tests.world import PASSWORD, World, make_world

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from websockets.sync.client import ClientConnection

TODAY = 20260105


class Page:
    """A browser over a real socket: its cookies, its calls and its live line."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url)

    def close(self) -> None:
        self.http.close()

    def log_in(self, username: str) -> dict[str, Any]:
        """Log in and return the board."""
        answer = self.http.post("/web/login", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        board: dict[str, Any] = self.http.get("/web/board").json()
        return board

    def call(self, key: str, action: str, **data: Any) -> dict[str, Any]:
        answer = self.http.post(f"/api/{action}", headers={"API-Key": key}, json={"data": data})
        called: dict[str, Any] = answer.json()
        assert called["status"] == 0, called
        return called

    def create(self, key: str, **job: Any) -> str:
        return str(self.call(key, "createjobs", jobs=[job])["jobs"][0]["id"])

    @contextmanager
    def live(self, seq: int, **headers: str) -> Generator[ClientConnection]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        with connect(
            f"{self.url.replace('http', 'ws')}/web/live?day={TODAY}&seq={seq}",
            additional_headers={"cookie": cookies, **headers},
        ) as socket:
            yield socket


@pytest.fixture
def served(database: str, tmp_path: Path) -> Iterator[tuple[World, Page]]:
    """Yield the cast and a browser over a server whose standing work runs."""
    world = make_world(database, tmp_path)
    with serving(world.app.asgi) as url, closing(Page(url)) as page:
        yield world, page


def next_frame(socket: ClientConnection) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = msgspec.json.decode(socket.recv(timeout=15))
        if message["type"] != "quiet":
            return message


def frame_with(socket: ClientConnection, member: str, wanted: str) -> dict[str, Any]:
    """Return the first frame that tells of a job among its `jobs` or `goneJobs`."""
    while True:
        frame = next_frame(socket)
        if wanted in {one["id"] if isinstance(one, dict) else one for one in frame[member]}:
            return frame


def test_a_new_job_appears_without_asking(served: tuple[World, Page]) -> None:
    world, page = served
    board = page.log_in(world.ada.username)
    with page.live(board["seq"]) as socket:
        job = page.create(world.ada.key, destinationName="Urgent", day=TODAY)
        frame = frame_with(socket, "jobs", job)
    assert frame["type"] == "frame"
    assert frame["seq"] > board["seq"]


def test_a_job_that_moves_to_another_day_goes(served: tuple[World, Page]) -> None:
    world, page = served
    job = page.create(world.ada.key, day=TODAY)
    board = page.log_in(world.ada.username)
    with page.live(board["seq"]) as socket:
        page.call(world.ada.key, "editjobs", jobs={job: {"day": TODAY + 1}})
        assert job not in {one["id"] for one in frame_with(socket, "goneJobs", job)["jobs"]}


def test_a_page_without_a_session_is_told_to_log_in(served: tuple[World, Page]) -> None:
    _, page = served
    with page.live(0) as socket:
        assert next_frame(socket) == {"type": "bye", "reason": "login"}
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=15)


def test_a_page_of_another_site_is_turned_away(served: tuple[World, Page]) -> None:
    world, page = served
    page.log_in(world.ada.username)
    with pytest.raises(InvalidStatus), page.live(0, origin="https://evil.example"):
        pass


def test_jobs_of_another_company_never_arrive(served: tuple[World, Page]) -> None:
    world, page = served
    board = page.log_in(world.zoe.username)
    with page.live(board["seq"]) as socket:
        theirs = page.create(world.ada.key, day=TODAY)
        mine = page.create(world.zoe.key, day=TODAY)
        seen: set[str] = set()
        while mine not in seen:
            frame = next_frame(socket)
            seen |= {one["id"] for one in frame["jobs"]} | set(frame["goneJobs"])
    assert theirs not in seen


def test_two_pages_of_one_company_get_the_same_frames(served: tuple[World, Page]) -> None:
    world, page = served
    with closing(Page(page.url)) as other:
        board, _ = page.log_in(world.otto.username), other.log_in(world.otto.username)
        with page.live(board["seq"]) as one, other.live(board["seq"]) as two:
            job = page.create(world.ada.key, day=TODAY)
            assert frame_with(one, "jobs", job)["jobs"] == frame_with(two, "jobs", job)["jobs"]
