"""Making devices and handing them over."""

from msgspec import Struct, structs

from roundsman.accounts import queries as accounts
from roundsman.accounts.actions import secrets
from roundsman.accounts.model import Actor
from roundsman.accounts.rights import Right
from roundsman.core.clock import to_ms, to_us
from roundsman.core.errors import BadValue, UnknownThing
from roundsman.core.ids import CompanyId, DeviceId, MemberId, new_short_id
from roundsman.storage.database import Tx
from roundsman.tracking.devices import Assignment, Device
from roundsman.tracking.queries import devices

DEVICE_ID_LENGTH = 128


class NewDevice(Struct, frozen=True):
    """A device just made, with its token, which is shown only now."""

    id: DeviceId
    token: str


def create_device(tx: Tx, actor: Actor, member: MemberId, device: str = "") -> NewDevice:
    """Make a device of a member, with the given id or one of its own.

    It measures its first member from the beginning of time: what it recorded before it was made
    known here is not lost.
    """
    actor.require(Right.MANAGE_MEMBERS)
    person = accounts.get_member(tx, actor.company, member)
    wanted = device.strip() or _fresh_id(tx, actor.company)
    if len(wanted) > DEVICE_ID_LENGTH or not wanted.isprintable():
        raise BadValue(
            f"A device id has at most {DEVICE_ID_LENGTH} printable characters.", field="id"
        )
    if devices.find(tx, actor.company, wanted) is not None:
        raise BadValue(f"There is a device {wanted} already. Choose another id.", field="id")
    made = Device(id=DeviceId(wanted), member=person.id, created_ms=to_ms(tx.now))
    devices.save(tx, actor.company, made)
    given = Assignment(from_ms=0, member=person.id, rank=to_us(tx.now))
    devices.assign(tx, actor.company, made.id, given)
    return NewDevice(made.id, secrets.make_device_token(tx, actor.by, made.id, person.name))


def hand_over(tx: Tx, actor: Actor, device: str, member: MemberId, from_ms: int) -> None:
    """Let a device measure another member from a moment on; what it measured before stays."""
    actor.require(Right.MANAGE_MEMBERS)
    person = accounts.get_member(tx, actor.company, member)
    found = devices.find(tx, actor.company, device)
    if found is None:
        raise UnknownThing(f"No device {device}.")
    devices.save(tx, actor.company, structs.replace(found, member=person.id))
    given = Assignment(from_ms=from_ms, member=person.id, rank=to_us(tx.now))
    devices.assign(tx, actor.company, found.id, given)


def _fresh_id(tx: Tx, company: CompanyId) -> str:
    while True:
        drawn = new_short_id()
        if devices.find(tx, company, drawn) is None:
            return drawn
