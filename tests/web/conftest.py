"""A browser that is logged in, for tests of the browser's surface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.world import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.world import Person, World


class Browser:
    """One browser with its cookies and its form token."""

    def __init__(self, world: World) -> None:
        transport = httpx.ASGITransport(app=world.app.asgi)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://testserver")
        self.csrf = ""

    async def log_in(self, username: str, password: str = PASSWORD) -> httpx.Response:
        answer = await self.http.post(
            "/web/login", json={"username": username, "password": password}
        )
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf"]
        return answer

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.http.get(path, params=params)

    async def send(self, method: str, path: str, body: object = None) -> httpx.Response:
        return await self.http.request(method, path, json=body, headers={"X-CSRF-Token": self.csrf})


@pytest.fixture
def browse(world: World) -> Callable[[Person], Awaitable[Browser]]:
    """Return a function that opens a browser logged in as one of the cast."""

    async def opened(person: Person) -> Browser:
        browser = Browser(world)
        answer = await browser.log_in(person.username)
        assert answer.status_code == 200, answer.text
        return browser

    return opened


@pytest.fixture
def browser(world: World) -> Browser:
    """Return a browser that nobody is logged in to."""
    return Browser(world)
