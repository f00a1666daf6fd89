"""What is done with webhooks: set, sign anew, look at, try out, send again, switch off."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from roundsman.accounts.model import Actor
from roundsman.accounts.rights import Right
from roundsman.core.errors import BadValue, UnknownThing
from roundsman.core.ids import CompanyId, DeliveryId, MemberId
from roundsman.events.catalogue import By, CompanyChanged, WebhookSwitchedOff
from roundsman.events.outbox import emit
from roundsman.gateways.addresses import Outbound, check_url
from roundsman.storage.database import DELIVERIES, Tx
from roundsman.webhooks import rules
from roundsman.webhooks.enqueue import lane_of, send_sample
from roundsman.webhooks.model import KINDS, Attempt, Health, Hook, Line, Message, State
from roundsman.webhooks.queries import deliveries, hooks, lanes
from roundsman.webhooks.rules import HookWish
from roundsman.webhooks.signing import new_secret

LINES_MOST = 200
REPLAY_MOST = 1000
ATTEMPTS_MOST = 100

OFF = HookWish(url="", headers={})


def settings(tx: Tx, actor: Actor) -> dict[str, Hook]:
    """Return the setting of every key there is, in the documented order."""
    actor.require(Right.INTEGRATE)
    known = hooks.all_of(tx, actor.company)
    return {key: known.get(key) or Hook(key=key) for key in KINDS}


def change(
    tx: Tx, actor: Actor, wishes: Mapping[str, HookWish], outbound: Outbound
) -> dict[str, Hook]:
    """Change the settings of some keys, all of them or none; return those of every key.

    What waits for a key goes to its new URL, and nowhere when it is switched off.
    """
    actor.require(Right.INTEGRATE)
    for key, wish in sorted(wishes.items()):
        if key not in KINDS:
            raise BadValue(f"Unknown field webhooks.{key[:60]}.", field=key[:60])
        if isinstance(wish.url, str) and wish.url:
            check_url(wish.url, outbound, field=f"{key}.url")
        before = hooks.find(tx, actor.company, key, lock=True) or Hook(key=key)
        after = rules.change(before, wish, new_secret=new_secret)
        if after != before:
            hooks.save(tx, actor.company, after)
            _redirect(tx, actor.company, before, after)
            emit(tx, actor.by, CompanyChanged([f"webhooks.{key}"]))
    return settings(tx, actor)


def _redirect(tx: Tx, company: CompanyId, before: Hook, after: Hook) -> None:
    """Let what waits for a key follow its URL."""
    if before.url == after.url:
        return
    if not after.url:
        deliveries.close_waiting(tx, company, after.key, State.SWITCHED_OFF)
    elif deliveries.move_waiting(tx, company, after.key, lane_of(after.url)):
        lanes.wake(tx, company, lane_of(after.url), tx.now)
        tx.ring(DELIVERIES, company)


def new_signing_secret(tx: Tx, actor: Actor, key: str) -> str:
    """Make a new secret for a key and return it, shown only now; the old one signs for a day."""
    actor.require(Right.INTEGRATE)
    before = _named(tx, actor, key, lock=True)
    secret = new_secret()
    hooks.save(tx, actor.company, rules.rotated(before, secret, tx.now))
    emit(tx, actor.by, CompanyChanged([f"webhooks.{key}.secret"]))
    return secret


def overview(tx: Tx, actor: Actor) -> list[tuple[Hook, Health]]:
    """Return every key with its setting and how it is doing."""
    found = settings(tx, actor)
    healths = deliveries.health(tx, actor.company, found)
    return [(hook, healths[key]) for key, hook in found.items()]


def lines(tx: Tx, actor: Actor, key: str, *, before: str = "", most: int = 50) -> list[Line]:
    """Return deliveries of a key, newest first; those older than the id `before` if given."""
    actor.require(Right.INTEGRATE)
    _check_key(key)
    return deliveries.lines(tx, actor.company, key, before=before, most=min(most, LINES_MOST))


def look(tx: Tx, actor: Actor, key: str, delivery: str) -> tuple[Line, Message, list[Attempt]]:
    """Return a delivery of a key, what it says, and the attempts at it, newest first."""
    actor.require(Right.INTEGRATE)
    _check_key(key)
    found = deliveries.find_line(tx, actor.company, key, delivery)
    if found is None:
        raise UnknownThing(f"No delivery {delivery[:60]} of {key}.")
    return *found, deliveries.attempts(tx, actor.company, delivery, ATTEMPTS_MOST)


def send_test(tx: Tx, actor: Actor, key: str) -> DeliveryId:
    """Send a made-up event of a key to its URL."""
    actor.require(Right.INTEGRATE)
    hook = _switched_on(tx, actor, key)
    return send_sample(tx, actor.company_profile, hook, actor.member)


def replay(tx: Tx, actor: Actor, key: str, ids: Sequence[str]) -> int:
    """Send deliveries of a key once more, with their old ids; return how many there were."""
    actor.require(Right.INTEGRATE)
    hook = _switched_on(tx, actor, key)
    if len(ids) > REPLAY_MOST:
        raise BadValue(f"At most {REPLAY_MOST} deliveries are sent again at once.", field="ids")
    found = deliveries.replay(tx, actor.company, key, ids, lane_of(hook.url))
    if found:
        lanes.wake(tx, actor.company, lane_of(hook.url), tx.now)
        tx.ring(DELIVERIES, actor.company)
    return found


def switch_off(tx: Tx, company: CompanyId, key: str, because: str) -> None:
    """Switch a key off for a receiver that is gone or silent; what waits is kept for replay."""
    hook = hooks.find(tx, company, key, lock=True)
    if hook is None or not hook.url:
        return
    hooks.save(tx, company, replace(hook, url="", failing_since=None, off_because=because))
    deliveries.close_waiting(tx, company, key, State.DEAD)
    emit(tx, By(company, MemberId(""), "system"), WebhookSwitchedOff(key, because))


def _named(tx: Tx, actor: Actor, key: str, *, lock: bool = False) -> Hook:
    _check_key(key)
    return hooks.find(tx, actor.company, key, lock=lock) or Hook(key=key)


def _switched_on(tx: Tx, actor: Actor, key: str) -> Hook:
    hook = _named(tx, actor, key)
    if not hook.url:
        raise BadValue(f"{key} has no URL. Set one first.", field=key)
    return hook


def _check_key(key: str) -> None:
    if key not in KINDS:
        raise UnknownThing(f"There is no webhook {key[:60]!r}. Use one of {', '.join(KINDS)}.")
