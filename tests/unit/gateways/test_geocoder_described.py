"""Addresses at positions are asked for once, and only while there is time."""

from collections.abc import Iterator

import msgspec
import pytest

from roundsman.core.geo import Point
from roundsman.gateways.addresses import outbound
from roundsman.gateways.geocoder_described import KEPT_S, Described
from roundsman.gateways.geocoder_remote import Remote
from tests.servers import Answer, Inbox, hook_receiver

LOCAL = outbound(allow_http=True, networks=("127.0.0.0/8",))
HERE = Point(49.51506, 11.27611)
NEAR = Point(49.51508, 11.27612)
HOUSE = {
    "lat": "49.5150677",
    "lon": "11.2761145",
    "address": {"house_number": "5", "road": "Marktplatz", "town": "Lauf", "postcode": "91207"},
}
TEXT = "Marktplatz 5, 91207 Lauf"


class Watch:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with hook_receiver() as opened:
        opened.answer = Answer(body=msgspec.json.encode(HOUSE))
        yield opened


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def remote(inbox: Inbox, watch: Watch) -> Iterator[Remote]:
    made = Remote("nominatim", inbox.url, rate=0, rules=LOCAL, agent="test", clock=watch)
    yield made
    made.close()


def test_positions_next_to_each_other_are_asked_for_once(
    inbox: Inbox, remote: Remote, watch: Watch
) -> None:
    described = Described(remote, clock=watch)
    assert described.texts([HERE, NEAR, HERE]) == {HERE: TEXT, NEAR: TEXT}
    assert described.texts([NEAR]) == {NEAR: TEXT}
    assert len(inbox.requests) == 1


def test_a_server_that_is_away_costs_one_question(
    inbox: Inbox, remote: Remote, watch: Watch
) -> None:
    inbox.answer = Answer(status=503)
    described = Described(remote, clock=watch)
    points = [Point(49.0 + step / 100, 11.0) for step in range(50)]
    assert set(described.texts(points).values()) == {""}
    assert len(inbox.requests) == 1


def test_what_is_known_is_answered_where_no_time_is_left(remote: Remote, watch: Watch) -> None:
    described = Described(remote, clock=watch)
    assert described.texts([HERE]) == {HERE: TEXT}
    elsewhere = Point(48.0, 11.0)
    assert described.texts([HERE, elsewhere], patience_s=0) == {HERE: TEXT, elsewhere: ""}


def test_what_is_kept_is_bounded_in_number_and_in_time(remote: Remote, watch: Watch) -> None:
    described = Described(remote, most=2, clock=watch)
    first, *others = [Point(49.0 + step / 100, 11.0) for step in range(3)]
    described.texts([first, *others])
    assert described.texts([first, *others], patience_s=0) == {
        first: "",
        **dict.fromkeys(others, TEXT),
    }
    watch.now += KEPT_S
    assert set(described.texts(others, patience_s=0).values()) == {""}
