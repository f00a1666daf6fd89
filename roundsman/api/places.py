"""RPC actions about places."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType, field

from roundsman.api.fields import a_text, a_value
from roundsman.api.shapes import Answer, Ask, Call, Done, Int
from roundsman.core.errors import BadFormat, BadValue
from roundsman.core.geo import Point
from roundsman.http.limits import BATCH_LIMIT
from roundsman.places import actions, rules
from roundsman.places.model import Place
from roundsman.places.wire import WirePlace, all_on_wire
from roundsman.tracking.queries import live

MOST = 500

type Text = str | UnsetType | None
type Data = list[dict[str, Any]] | dict[str, Any] | UnsetType | None


class Degrees(Struct, frozen=True):
    """A position in degrees, WGS 84; 0/0 is none."""

    lat: float
    lng: float


class PlaceInput(Ask, frozen=True, kw_only=True):
    """The properties of a place; null empties."""

    takes_null: ClassVar[bool] = True

    location: Degrees | UnsetType | None = UNSET
    radius: Annotated[
        Int | UnsetType | None,
        Meta(description="Metres in which members are checked in; 0 for the company's default."),
    ] = UNSET
    address: Text = UNSET
    city: Text = UNSET
    postalcode: Text = UNSET
    state: Text = UNSET
    country_code: Annotated[Text, Meta(description="Two letters, ISO 3166-1.")] = UNSET
    email: Text = UNSET
    phone: Text = UNSET
    color: Annotated[Text, Meta(description="Colour such as #22c328.")] = UNSET
    linked_forms: Annotated[Text, Meta(description="Ids of forms, separated by commas.")] = field(
        default=UNSET, name="linkedForms"
    )
    teams: list[Int] | UnsetType | None = UNSET
    extended_data: Annotated[
        Data,
        Meta(
            description='Custom fields such as [{"key": "gate", "val": "B"}], merged by key; an '
            "empty val removes one."
        ),
    ] = UNSET
    data: Annotated[Data, Meta(description="The same; pairs as in answers will do.")] = UNSET


# Properties that are attributes of the same meaning, and what null makes of them.
_ATTRIBUTES: Mapping[str, tuple[str, Any]] = {
    "name": ("name", ""),
    "radius": ("radius_m", 0),
    "address": ("address", ""),
    "city": ("city", ""),
    "postalcode": ("postalcode", ""),
    "state": ("state", ""),
    "country_code": ("country_code", ""),
    "email": ("email", ""),
    "phone": ("phone", ""),
    "color": ("color", ""),
    "linked_forms": ("linked_forms", ""),
    "teams": ("teams", ()),
}


def _values(sent: PlaceInput) -> dict[str, Any]:
    """Return the attributes of a place that a request names."""
    values: dict[str, Any] = {}
    for name, (attribute, empty) in _ATTRIBUTES.items():
        value = getattr(sent, name)
        if value is not UNSET:
            values[attribute] = empty if value is None else value
    if not isinstance(sent.location, UnsetType):
        at = sent.location
        values["position"] = Point(at.lat, at.lng) if at else None
    return values


def _custom(sent: PlaceInput) -> dict[str, str]:
    """Return the custom fields a request names, in either of their forms."""
    fields: dict[str, str] = {}
    for name in ("data", "extended_data"):
        value: Data = getattr(sent, name)
        if value is None or isinstance(value, UnsetType):
            continue
        entries = [value] if isinstance(value, dict) else value
        for entry in entries:
            fields |= _pairs(name, entry)
    return fields


def _pairs(name: str, entry: Mapping[str, Any]) -> dict[str, str]:
    """Return what one entry says: key and val, or the key as the member's name."""
    said = set(entry)
    if said == {"key", "val"} or (said == {"key"} and name == "extended_data"):
        entry = {a_text(f"{name}.key", entry["key"]): entry.get("val")}
    return {key.strip(): a_value(f"{name}.{key[:40]}", value) for key, value in entry.items()}


class PlaceAnswer(Answer, frozen=True, kw_only=True):
    """Answer of createplace."""

    uid: str
    place: WirePlace


class CreatePlace(PlaceInput, frozen=True, kw_only=True):
    """Body of createplace.

    The place gets the teams of the caller, whatever `teams` says; editplace sets others.
    """

    name: str | None = None


def create_place(call: Call, ask: CreatePlace) -> PlaceAnswer:
    """Create a place; without a position it gets that of its address, if its street is found."""
    made = actions.create(call.tx, call.actor, _values(ask), _custom(ask), call.answers)
    return PlaceAnswer(uid=made.id, place=_answer(call, [made])[0])


class EditPlace(PlaceInput, frozen=True, kw_only=True):
    """Body of editplace: `uid`, or `uids` to change several the same way. What is not sent stays.

    Of `uids` those that do not exist are skipped.
    """

    uid: str | None = None
    uids: list[str] | None = None
    name: Text = UNSET


class EditedPlace(Answer, frozen=True, kw_only=True):
    """Answer of editplace; `place` is there where one was named."""

    place: WirePlace | UnsetType = UNSET


def edit_place(call: Call, ask: EditPlace) -> EditedPlace:
    """Change places."""
    ids = _named(ask.uid, ask.uids)
    values, custom = _values(ask), _custom(ask)
    if ids is None:
        uid = ask.uid or ""
        edited = actions.edit(call.tx, call.actor, uid, values, custom, call.answers)
        return EditedPlace(place=_answer(call, [edited])[0])
    actions.edit_many(call.tx, call.actor, ids, values, custom, call.answers)
    return EditedPlace()


def after_edit(call: Call, ask: PlaceInput, place: Place) -> Place:
    """Return a place as an edit would leave it, without writing it."""
    return rules.change(place, _values(ask), _custom(ask), at=call.tx.now)


def meant(call: Call, ask: EditPlace) -> list[Place]:
    """Return the places an edit names that the caller may see."""
    ids = _named(ask.uid, ask.uids)
    return actions.search(call.tx, call.actor, ids=[ask.uid or ""] if ids is None else ids)


class GetPlaces(Ask, frozen=True, kw_only=True):
    """Body of getplaces.

    Nearest first: from the caller's last position, else the company's; by name without either.
    """

    query: Annotated[str, Meta(description="Part of the name, whatever its case.")] = ""
    uids: list[str] | None = None
    max: Annotated[Int, Meta(description="Most places answered.")] = MOST


class Places(Answer, frozen=True, kw_only=True):
    """Answer with places."""

    places: list[WirePlace]


def get_places(call: Call, ask: GetPlaces) -> Places:
    """Return the places the caller may see, nearest first."""
    _check_batch(ask.uids or ())
    found = actions.search(
        call.tx, call.actor, ids=ask.uids, text=ask.query, origin=_whereabouts(call)
    )
    most = ask.max if ask.max >= 1 else MOST
    return Places(places=_answer(call, found[:most]))


def _whereabouts(call: Call) -> Point | None:
    """Return where distances are measured from: where the caller is, else the company."""
    actor = call.actor
    state = live.states_of(call.tx, actor.company, [actor.id]).get(actor.id)
    if state is not None and state.ts_ms:
        return Point(state.lat_e7 / 1e7, state.lng_e7 / 1e7)
    return actor.company_profile.position


class DeletePlaces(Ask, frozen=True, kw_only=True):
    """Body of deleteplaces: `uid`, or `uids` of which those that do not exist are skipped."""

    uid: str | None = None
    uids: list[str] | None = None


def delete_places(call: Call, ask: DeletePlaces) -> Done:
    """Delete places for good; jobs keep what they copied and lose the place."""
    ids = _named(ask.uid, ask.uids)
    if ids is None:
        actions.delete(call.tx, call.actor, ask.uid or "")
    else:
        actions.delete_many(call.tx, call.actor, ids)
    return Done()


def _named(uid: str | None, uids: list[str] | None) -> list[str] | None:
    """Return the ids of a batch, None where one place is meant; BadFormat for neither."""
    if uids is None:
        if not uid:
            raise BadFormat("Say which place: uid or uids.", field="uid")
        return None
    _check_batch(uids)
    return [*uids, uid] if uid else uids


def _check_batch(uids: Sequence[str]) -> None:
    if len(uids) > BATCH_LIMIT:
        raise BadValue(
            f"At most {BATCH_LIMIT} uids go into one request; this one has {len(uids)}. Split it.",
            field="uids",
        )


def _answer(call: Call, found: Sequence[Place]) -> list[WirePlace]:
    return all_on_wire(call.tx, call.actor.company, found)
