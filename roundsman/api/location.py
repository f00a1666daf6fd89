"""RPC actions about positions and tracks."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Annotated, Any, cast

from msgspec import UNSET, Meta, Struct, UnsetType, field, structs

from roundsman.accounts import queries as accounts
from roundsman.accounts import rules
from roundsman.accounts.actions import members
from roundsman.accounts.model import Member
from roundsman.api.fields import an_int
from roundsman.api.member_shapes import WireLocation, location_on_wire
from roundsman.api.shapes import Answer, Ask, Call, Int
from roundsman.core.clock import MAX_MS, to_ms
from roundsman.core.errors import BadFormat, BadValue, NotAllowed
from roundsman.core.geo import encode_numbers, encode_polyline
from roundsman.core.ground import bearing_deg
from roundsman.core.ids import MemberId
from roundsman.http.limits import BATCH_LIMIT
from roundsman.tracking import tracks
from roundsman.tracking.live import STALE_MS, LiveState
from roundsman.tracking.queries import live
from roundsman.tracking.tracks import Track

# --- locate ---------------------------------------------------------------------------------------


class Locate(Ask, frozen=True, kw_only=True):
    """Body of locate. Neither `accounts` nor `teams` finds nobody."""

    accounts: Annotated[
        Any,
        Meta(
            description="Whom: an object whose keys are uids or user names.",
            extra_json_schema={"type": "object"},
        ),
    ] = None
    teams: Annotated[
        Any,
        Meta(description="Team numbers; anything that is no array, such as true, is everybody."),
    ] = None
    with_address: Annotated[bool, Meta(description="Add `address`.")] = field(
        default=False, name="withAddress"
    )
    with_details: Annotated[bool, Meta(description="Add what is known of the device.")] = field(
        default=False, name="withDetails"
    )
    signal: Annotated[str, Meta(description='"ping" asks the devices for their position.')] = ""


class Located(Struct, frozen=True, kw_only=True):
    """Where a member is and what they do; positions are left out where none is known."""

    uid: str
    username: str
    name: str
    lat: float | UnsetType = UNSET
    lng: float | UnsetType = UNSET
    ts: int | UnsetType = UNSET
    accuracy: int | UnsetType = UNSET
    speed: float | UnsetType = UNSET
    head: int | UnsetType = UNSET
    moving: str
    status_label: str
    battery_level: int
    battery_plugged: bool
    teams: list[int]
    location: WireLocation | UnsetType = UNSET
    address: str | UnsetType = UNSET
    connection_type: str | UnsetType = UNSET
    android_id: str | UnsetType = UNSET
    loc_gps_on: bool | UnsetType = UNSET
    tracking_status: bool | UnsetType = UNSET


class Positions(Answer, frozen=True, kw_only=True):
    """Answer of locate: members by the name they were asked for, those of teams by uid."""

    accounts: dict[str, Located]


def locate(call: Call, ask: Locate) -> Positions:
    """Return where members are. Whoever the caller may not locate is left out."""
    named = _named(ask.accounts)
    visible = _locatable(call)
    found = {name: visible[uid] for name, uid in _ids(call, named).items() if uid in visible}
    for member in _of_teams(visible.values(), ask.teams):
        found.setdefault(member.id, member)
    states = live.states_of(call.tx, call.actor.company, [one.id for one in found.values()])
    now_ms = to_ms(call.tx.now)
    return Positions(
        accounts={
            name: _located(member, states.get(member.id), ask, now_ms)
            for name, member in found.items()
        }
    )


def _named(value: Any) -> list[str]:
    """Return whom `accounts` names: the keys of an object; an array of names will do."""
    if value is None:
        return []
    sent = cast("dict[str, object] | list[object]", value)
    if not isinstance(value, dict | list) or not all(isinstance(each, str) for each in sent):
        raise BadFormat("accounts must be an object whose keys are uids or user names.")
    names = [str(each) for each in dict.fromkeys(sent)]
    _check_batch(names, "accounts")
    return names


def _locatable(call: Call) -> dict[str, Member]:
    """Return the members whose positions the caller may know, by id."""
    everybody = accounts.members(call.tx, call.actor.company)
    return {one.id: one for one in everybody if rules.may_locate(call.actor, one)}


def _ids(call: Call, names: Sequence[str]) -> dict[str, MemberId]:
    """Return the ids that uids and user names stand for; what is neither stands for itself."""
    by_username = accounts.ids_of_usernames(call.tx, call.actor.company, names)
    return {name: by_username.get(name, MemberId(name)) for name in names}


def _of_teams(visible: Iterable[Member], teams: Any) -> list[Member]:
    if teams is None:
        return []
    if not isinstance(teams, list):
        return list(visible)
    read = an_int()
    numbers = {read("teams", each) for each in cast("list[object]", teams)}
    return [one for one in visible if numbers.intersection(one.teams)]


def _located(member: Member, state: LiveState | None, ask: Locate, now_ms: int) -> Located:
    known = state if state is not None else LiveState(member=member.id)
    where = location_on_wire(known)
    is_heard = 0 < now_ms - STALE_MS < known.signal_ms
    position = {} if isinstance(where, UnsetType) else structs.asdict(where)
    details: dict[str, Any] = {}
    if ask.with_details:
        details = {
            "connection_type": "",
            "android_id": known.device,
            "loc_gps_on": known.ts_ms > 0,
            "tracking_status": is_heard,
        }
    return Located(
        uid=member.id,
        username=member.username,
        name=member.name,
        moving=known.moving or member.moving,
        status_label=member.status_label,
        battery_level=known.battery_pct or 0,
        battery_plugged=bool(known.charging),
        teams=list(member.teams),
        location=where,
        address="" if ask.with_address else UNSET,
        **position,
        **details,
    )


# --- gettracks ------------------------------------------------------------------------------------


class GetTracks(Ask, frozen=True, kw_only=True):
    """Body of gettracks: a span of time and whose tracks. `uids` wins over `accounts`."""

    since: Annotated[Int, Meta(description="Start of the span, ms.")] = field(name="from")
    until: Annotated[Int, Meta(description="End of the span, ms.")]
    uids: Annotated[list[str] | None, Meta(description="Members; selects the modern answer.")] = (
        None
    )
    accounts: Annotated[
        list[str] | None, Meta(description="Uids or user names; selects the older answer.")
    ] = None
    with_course: Annotated[bool, Meta(description="Add `course_encoded`.")] = field(
        default=False, name="withCourse"
    )
    with_address: Annotated[
        bool, Meta(description="Add `start_address` and `end_address` (extension).")
    ] = field(default=False, name="withAddress")


class WireTrack(Struct, frozen=True, kw_only=True):
    """One continuous movement. `encoded` is the line as an encoded polyline of precision 5.

    `course_encoded` holds the headings in degrees, one for each point of the line, encoded like
    the numbers of a polyline.
    """

    id: int
    owner_uid: str
    kind: str = "track_entry"
    labels: int = 0
    start_ts: int
    end_ts: int
    start_lat: float
    start_lng: float
    end_lat: float
    end_lng: float
    distance: float
    waypoint_count: int
    speed_avg: float
    speed_max: float
    altitude_min: int
    altitude_max: int
    encoded: str
    course_encoded: str | UnsetType = UNSET
    start_address: str | UnsetType = UNSET
    end_address: str | UnsetType = UNSET


class Tracks(Answer, frozen=True, kw_only=True):
    """Answer of gettracks: a list over all `uids`, or an object of lists by the `accounts`."""

    tracks: list[WireTrack] | dict[str, list[WireTrack]]


def get_tracks(call: Call, ask: GetTracks) -> Tracks:
    """Return the tracks that overlap a span of time, in order of time."""
    span = _span(ask)
    names = ask.uids if ask.uids is not None else ask.accounts
    if names is None:
        raise BadFormat("Say whose tracks: uids.", field="uids")
    _check_batch(names, "uids")
    known = members.visible(call.tx, call.actor, names)
    seen = [one.id for one in known if rules.may_locate(call.actor, one)]
    if names and not seen:
        raise NotAllowed("You may see none of these members.")
    found = tracks.tracks(call.tx, call.actor.company, seen, *span)
    entries = [(one.member, _on_wire(one, with_course=ask.with_course)) for one in found]
    if ask.uids is not None:
        return Tracks(tracks=[entry for _, entry in entries])
    ids = _ids(call, names)
    by_name = {
        name: [entry for owner, entry in entries if owner == ids[name]]
        for name in dict.fromkeys(names)
    }
    return Tracks(tracks=by_name)


def _span(ask: GetTracks) -> tuple[int, int]:
    if not (0 <= ask.since <= MAX_MS and 0 <= ask.until <= MAX_MS):
        raise BadValue("from and until are milliseconds since 1970.", field="from")
    if ask.since > ask.until:
        raise BadValue("from lies after until.", field="from")
    return ask.since, ask.until


def _on_wire(track: Track, *, with_course: bool) -> WireTrack:
    first, last = track.trips[0], track.trips[-1]
    seconds = (track.end_ms - track.start_ms) / 1000
    line = [(lat_e7 / 1e7, lng_e7 / 1e7) for lat_e7, lng_e7 in track.points]
    return WireTrack(
        id=track.id,
        owner_uid=track.member,
        start_ts=track.start_ms,
        end_ts=track.end_ms,
        start_lat=first.start_lat_e7 / 1e7,
        start_lng=first.start_lng_e7 / 1e7,
        end_lat=last.end_lat_e7 / 1e7,
        end_lng=last.end_lng_e7 / 1e7,
        distance=round(track.metres, 1),
        waypoint_count=len(line),
        speed_avg=round(track.metres / seconds, 2) if seconds else 0.0,
        speed_max=max(trip.max_speed_mps for trip in track.trips),
        altitude_min=round(track.lowest_m),
        altitude_max=round(track.highest_m),
        encoded=encode_polyline(line),
        course_encoded=encode_numbers(_headings(line)) if with_course else UNSET,
    )


def _headings(line: Sequence[tuple[float, float]]) -> list[int]:
    """Return the direction to the next point, for each point; the last keeps that before it."""
    headings = [round(bearing_deg(*here, *there)) % 360 for here, there in pairwise(line)]
    return [*headings, headings[-1]] if headings else [0] * len(line)


def _check_batch(names: Sequence[str], name: str) -> None:
    if len(names) > BATCH_LIMIT:
        raise BadValue(f"At most {BATCH_LIMIT} {name} go into one request.", field=name)
