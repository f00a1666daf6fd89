"""The page API and integrations: the switch, keys and webhooks."""

from collections.abc import Mapping

from roundsman.accounts import queries as accounts
from roundsman.accounts.actions import companies, secrets
from roundsman.accounts.credentials import Credential
from roundsman.accounts.model import Member
from roundsman.accounts.rights import Right, Role
from roundsman.core.clock import to_ms
from roundsman.core.ids import MemberId
from roundsman.gateways.addresses import Outbound
from roundsman.web.session import Visit
from roundsman.web.shapes.integrations import (
    Hook,
    HookSecret,
    Integrations,
    Key,
    MadeKey,
    MemberChoice,
    SetHook,
)
from roundsman.webhooks import actions as webhooks
from roundsman.webhooks.model import Health
from roundsman.webhooks.model import Hook as Setting
from roundsman.webhooks.rules import HookWish


def integrations(visit: Visit, base_url: str) -> Integrations:
    """Return all the page shows."""
    tx, actor = visit.tx, visit.actor
    actor.require(Right.INTEGRATE)
    members = accounts.members(tx, actor.company, active_only=False)
    by_id = {one.id: one for one in members}
    return Integrations(
        enabled=actor.company_profile.policy.api_enabled,
        base_url=base_url,
        keys=[_key(one, by_id) for one in secrets.keys(tx, actor)],
        hooks=[_hook(hook, health) for hook, health in webhooks.overview(tx, actor)],
        members=[
            MemberChoice(id=one.id, name=one.name, role=one.role.value)
            for one in sorted(members, key=lambda one: one.name.casefold())
            if one.role is not Role.OWNER and one.state == "active"
        ],
    )


def _key(one: Credential, by_id: Mapping[MemberId, Member]) -> Key:
    holder = by_id.get(MemberId(one.subject))
    return Key(
        id=one.id,
        hint=one.hint,
        label=one.label,
        member=one.subject,
        member_name=holder.name if holder else "",
        created=to_ms(one.created_at),
        last_used=to_ms(one.last_used_at),
        revoked=to_ms(one.revoked_at),
    )


def _hook(hook: Setting, health: Health) -> Hook:
    return Hook(
        event=hook.key,
        url=hook.url,
        headers=hook.headers,
        last_status=health.last_status,
        last_attempt=to_ms(health.last_attempt),
        pending=health.pending,
        failed=health.failed,
    )


def set_hook(visit: Visit, event: str, asked: SetHook, outbound: Outbound) -> Hook:
    """Set or switch off the webhook of an event and return how it stands."""
    wish = HookWish(url=asked.url.strip(), headers=asked.headers)
    webhooks.change(visit.tx, visit.actor, {event: wish}, outbound)
    return next(
        _hook(hook, health)
        for hook, health in webhooks.overview(visit.tx, visit.actor)
        if hook.key == event
    )


def rotate_hook(visit: Visit, event: str) -> HookSecret:
    """Make a new signing secret, shown only now; the old one signs along for a day."""
    return HookSecret(secret=webhooks.new_signing_secret(visit.tx, visit.actor, event))


def test_hook(visit: Visit, event: str) -> None:
    """Send a made-up event to the URL of an event."""
    webhooks.send_test(visit.tx, visit.actor, event)


def switch(visit: Visit, *, on: bool) -> None:
    """Switch the company's API on or off."""
    companies.switch_api(visit.tx, visit.actor, on=on)


def make_key(visit: Visit, member: str, label: str) -> MadeKey:
    """Make a key; its secret is shown only now."""
    made, secret = secrets.make_key(visit.tx, visit.actor, member, label)
    holder = accounts.get_member(visit.tx, visit.actor.company, made.subject)
    return MadeKey(key=_key(made, {holder.id: holder}), secret=secret)
