"""Geocoders: the imported maps, servers of others, none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec
import pytest

from roundsman.core.errors import BadSettings
from roundsman.core.geo import Point
from roundsman.gateways.addresses import outbound
from roundsman.gateways.geocoder import NoGeocoder, geocoder_of
from roundsman.gateways.geocoder_embedded import LOOK_S, Embedded
from roundsman.gateways.geocoder_remote import PATIENCE_S, REST_S, Remote
from roundsman.geocoding.build import FILE
from roundsman.geocoding.model import ATTRIBUTION, LATER, NOTHING, State
from roundsman.settings import read_settings
from tests.addresses import ALTDORF, GRUNAU, import_addresses, spot
from tests.ports import free_port
from tests.servers import Answer, Inbox, hook_receiver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCAL = outbound(allow_http=True, networks=("127.0.0.0/8",))
AGENT = "Roundsman/test"

# The form of a real answer of Nominatim, format jsonv2, shortened.
LICENCE = "Data © OpenStreetMap contributors, ODbL 1.0. https://osm.org/copyright"
ROAD = {
    "road": "Kunigundenstraße",
    "town": "Lauf an der Pegnitz",
    "postcode": "91207",
    "country": "Deutschland",
    "country_code": "de",
}
STREET = {
    "place_id": 1,
    "licence": LICENCE,
    "lat": "49.5150677",
    "lon": "11.2761145",
    "address": ROAD,
}
HOUSE = {**STREET, "addresstype": "building", "address": {"house_number": "5", **ROAD}}
TOWN = {"lat": "49.51", "lon": "11.28", "address": {"town": "Lauf", "country_code": "de"}}
# The form of a real answer of Photon.
FEATURE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [11.2761145, 49.5150677]},
    "properties": {
        "osm_type": "W",
        "type": "house",
        "housenumber": "5",
        "street": "Kunigundenstraße",
        "postcode": "91207",
        "city": "Lauf an der Pegnitz",
        "countrycode": "DE",
    },
}


class Watch:
    """A clock that a test turns, and the waits it was asked for."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with hook_receiver() as opened:
        yield opened


@pytest.fixture
def watch() -> Watch:
    return Watch()


def remote(url: str, watch: Watch, kind: str = "nominatim", rate: float = 0) -> Remote:
    return Remote(kind, url, rate=rate, rules=LOCAL, agent=AGENT, clock=watch, sleep=watch.sleep)


def says(inbox: Inbox, answer: object) -> None:
    inbox.answer = Answer(body=msgspec.json.encode(answer))


# --- servers of others ----------------------------------------------------------------------------


def test_nominatim_is_asked_by_its_own_words(inbox: Inbox, watch: Watch) -> None:
    says(inbox, [HOUSE])
    geocoder = remote(f"{inbox.url}/nominatim/", watch)
    found = geocoder.locate("Kunigundenstr. 5, Lauf", country="DE")
    geocoder.close()
    (request,) = inbox.requests
    assert (request.method, request.headers["user-agent"]) == ("GET", AGENT)
    assert request.path == (
        "/nominatim/search?q=Kunigundenstr.+5%2C+Lauf&format=jsonv2&addressdetails=1&limit=1"
        "&countrycodes=de"
    )
    assert (found.state, found.position) == (State.EXACT, Point(49.5150677, 11.2761145))
    assert found.text == "Kunigundenstraße 5, 91207 Lauf an der Pegnitz"
    assert (found.city, found.country_code) == ("Lauf an der Pegnitz", "DE")
    assert "OpenStreetMap contributors" in found.attribution


@pytest.mark.parametrize(("place", "state"), [(STREET, State.STREET), (TOWN, State.TOWN)])
def test_nominatim_says_how_well_it_found(
    inbox: Inbox, watch: Watch, place: object, state: State
) -> None:
    says(inbox, [place])
    geocoder = remote(inbox.url, watch)
    assert geocoder.locate("Kunigundenstr. 99, Lauf").state == state
    geocoder.close()


def test_what_a_server_does_not_find_is_found_by_nobody(inbox: Inbox, watch: Watch) -> None:
    geocoder = remote(inbox.url, watch)
    says(inbox, [])
    assert geocoder.locate("Quittenweg 5") == NOTHING
    says(inbox, {"error": "Unable to geocode"})
    assert geocoder.describe(Point(0.5, 0.5)) == NOTHING
    assert NOTHING.is_final
    geocoder.close()


def test_photon_is_asked_by_its_own_words(inbox: Inbox, watch: Watch) -> None:
    says(inbox, {"type": "FeatureCollection", "features": [FEATURE]})
    geocoder = remote(inbox.url, watch, "photon")
    found = geocoder.locate("Kunigundenstr. 5", near=Point(49.5, 11.2))
    (request,) = inbox.requests
    assert request.path == "/api?q=Kunigundenstr.+5&limit=1&lat=49.50000&lon=11.20000"
    assert (found.state, found.text) == (
        State.EXACT,
        "Kunigundenstraße 5, 91207 Lauf an der Pegnitz",
    )
    assert found.attribution == ATTRIBUTION
    assert geocoder.suggest("Kunigundens", most=5)[0].street == "Kunigundenstraße"
    assert geocoder.describe(Point(49.515, 11.276)).distance_m == pytest.approx(11, abs=3)
    assert [request.path.split("?")[0] for request in inbox.requests] == [
        "/api",
        "/api",
        "/reverse",
    ]
    geocoder.close()


def test_nominatim_is_not_asked_while_one_types(inbox: Inbox, watch: Watch) -> None:
    geocoder = remote(inbox.url, watch)
    assert geocoder.suggest("Kunig") == ()
    assert inbox.requests == []
    geocoder.close()


def test_an_answer_is_kept(inbox: Inbox, watch: Watch) -> None:
    says(inbox, [HOUSE])
    geocoder = remote(inbox.url, watch)
    first, second = geocoder.locate("Lauf 5"), geocoder.locate("Lauf 5")
    assert first == second
    assert len(inbox.requests) == 1
    geocoder.close()


def test_calls_keep_their_distance_and_a_long_queue_is_sent_away(
    inbox: Inbox, watch: Watch
) -> None:
    says(inbox, [HOUSE])
    geocoder = remote(inbox.url, watch, rate=0.5)
    geocoder.locate("a")
    geocoder.locate("b")
    assert watch.waits == [2.0]
    watch.now -= 2.0  # as if two others had come at the same time
    assert geocoder.locate("c") == LATER
    assert PATIENCE_S < 4.0
    assert len(inbox.requests) == 2
    geocoder.close()


def test_a_dead_server_is_left_alone_for_a_while(inbox: Inbox, watch: Watch) -> None:
    dead = remote(f"http://127.0.0.1:{free_port()}", watch)
    assert dead.locate("Lauf 5") == LATER
    assert not LATER.is_final
    assert dead.describe(Point(1, 1)) == LATER
    healthy, problem = dead.health()
    assert not healthy
    assert "gives no answer: ConnectError" in problem
    dead.close()

    inbox.answers_first.append(Answer(status=503))
    says(inbox, [HOUSE])
    geocoder = remote(inbox.url, watch)
    assert geocoder.locate("Lauf 5") == LATER
    assert geocoder.locate("Lauf 5") == LATER
    assert len(inbox.requests) == 1
    watch.now += REST_S
    assert geocoder.locate("Lauf 5").state == State.EXACT
    assert geocoder.health() == (True, f"{inbox.url} answers")
    geocoder.close()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=429),
        Answer(status=302, headers={"Location": "http://127.0.0.1/"}),
        Answer(body=b"<html>Welcome to the hotel's network</html>"),
        Answer(body=b"\xff\xfe"),
        Answer(body=b'[{"lat": "north", "lon": "3"}]'),
        Answer(body=b'[{"lat": "91", "lon": "3"}]'),
        Answer(body=b"[" + b" " * 2_000_000 + b"]"),
    ],
)
def test_an_answer_of_another_form_is_none(inbox: Inbox, watch: Watch, answer: Answer) -> None:
    inbox.answer = answer
    geocoder = remote(inbox.url, watch)
    assert geocoder.locate("Lauf 5") == LATER
    geocoder.close()


def test_an_address_the_operator_does_not_allow_is_not_called(inbox: Inbox, watch: Watch) -> None:
    strict = outbound(allow_http=True, networks=())
    geocoder = Remote("photon", inbox.url, rate=0, rules=strict, agent=AGENT, clock=watch)
    assert geocoder.locate("Lauf 5") == LATER
    healthy, problem = geocoder.health()
    assert not healthy
    assert "ROUNDSMAN_ALLOW_NETWORKS" in problem
    assert inbox.requests == []
    geocoder.close()


# --- the imported maps ----------------------------------------------------------------------------


def test_an_imported_map_is_found_and_a_removed_one_forgotten(tmp_path: Path, watch: Watch) -> None:
    geocoder = Embedded(tmp_path, clock=watch)
    assert geocoder.locate("Hauptstr. 3, Grünau") == NOTHING
    assert geocoder.health() == (
        True,
        "no map with addresses is imported: roundsman map import FILE",
    )
    store = import_addresses(tmp_path)
    watch.now += LOOK_S
    found = geocoder.locate("Hauptstr. 3, Grünau")
    assert (found.state, found.text) == (State.EXACT, "Hauptstraße 3, 91100 Grünau am Bach")
    assert geocoder.describe(spot(GRUNAU, (0.1, -3))).house_number == "3"
    assert geocoder.suggest("haup", near=ALTDORF)[0].city == "Altdorf"
    assert geocoder.health()[1] == "29 house numbers in 1 map"
    store.remove("towns")
    watch.now += LOOK_S
    assert geocoder.locate("Hauptstr. 3, Grünau") == NOTHING
    geocoder.close()


def test_a_map_removed_under_a_search_is_passed_over(tmp_path: Path, watch: Watch) -> None:
    store = import_addresses(tmp_path)
    geocoder = Embedded(tmp_path, clock=watch)
    assert geocoder.locate("Hauptstr. 3, Grünau").state == State.EXACT
    store.remove("towns")
    with ThreadPoolExecutor(1) as another:  # it has no file open yet
        assert another.submit(geocoder.locate, "Hauptstr. 3, Grünau").result() == NOTHING
        assert another.submit(geocoder.describe, GRUNAU).result() == NOTHING
    geocoder.close()


def test_a_broken_index_is_reported_and_the_others_serve(tmp_path: Path, watch: Watch) -> None:
    store = import_addresses(tmp_path)
    region = store.find("towns")
    assert region is not None
    (store.version(region) / FILE).write_bytes(b"no database")
    geocoder = Embedded(tmp_path, clock=watch)
    assert geocoder.locate("Hauptstr. 3, Grünau") == NOTHING
    healthy, problem = geocoder.health()
    assert not healthy
    assert "Import its map again" in problem
    geocoder.close()


# --- choosing -------------------------------------------------------------------------------------


def test_the_settings_choose(tmp_path: Path) -> None:
    for kind, wanted in (
        ("embedded", Embedded),
        ("nominatim", Remote),
        ("photon", Remote),
        ("none", NoGeocoder),
    ):
        geocoder = geocoder_of(
            kind, data=tmp_path, url="https://geo.example", rate=1, rules=LOCAL, agent=AGENT
        )
        assert isinstance(geocoder, wanted)
        geocoder.close()


def test_the_settings_say_what_is_missing() -> None:
    assert read_settings({}).geocoder == "embedded"
    server = {"ROUNDSMAN_GEOCODER": "photon", "ROUNDSMAN_GEOCODER_URL": "http://photon:2322"}
    assert read_settings(server).geocoder_url == "http://photon:2322"
    for wrong, problem in (
        ({"ROUNDSMAN_GEOCODER": "photon"}, "needs ROUNDSMAN_GEOCODER_URL"),
        ({"ROUNDSMAN_GEOCODER": "google"}, "must be one of embedded, nominatim, none, photon"),
        ({**server, "ROUNDSMAN_GEOCODER_URL": "photon"}, "must be an address such as"),
        ({"ROUNDSMAN_GEOCODER_RATE": "-1"}, "must be between 0 and 1000"),
    ):
        with pytest.raises(BadSettings, match=problem):
            read_settings(wrong)


def test_no_geocoder_finds_nothing_for_good() -> None:
    geocoder = NoGeocoder()
    assert geocoder.locate("Hauptstr. 3") == geocoder.describe(GRUNAU) == NOTHING
    assert geocoder.suggest("Haup") == ()
    assert geocoder.health()[0]
