"""RPC actions about webhooks."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from roundsman.api.shapes import Answer, Ask, Call
from roundsman.gateways.addresses import outbound
from roundsman.webhooks import actions
from roundsman.webhooks.model import FORM, Hook
from roundsman.webhooks.rules import HookWish

type Header = Annotated[
    dict[str, str], Meta(description="HTTP headers to add to each call, name to value.")
]


class WireHook(Struct, frozen=True, kw_only=True):
    """The setting of a key: an empty `url` is off; `format` is absent for the documented form."""

    url: str
    header: Header
    format: str | UnsetType = UNSET


class SentHook(Struct, frozen=True, kw_only=True):
    """What a key is to be; members that are not sent stay. `headers` is another name of `header`.

    A `url` of null or an empty text switches the key off. `format` is form or json, an extension.
    """

    url: str | UnsetType | None = UNSET
    header: Header | UnsetType | None = UNSET
    headers: Header | UnsetType | None = UNSET
    format: str | UnsetType | None = UNSET


type Setting = SentHook | UnsetType | None


class Webhooks(Answer, frozen=True, kw_only=True):
    """Answer with the settings of every key; getwebhooks repeats them beside `status`."""

    webhooks: dict[str, WireHook]
    job_created: WireHook | UnsetType = UNSET
    job_updated: WireHook | UnsetType = UNSET
    job_completed: WireHook | UnsetType = UNSET
    job_archived: WireHook | UnsetType = UNSET
    job_deleted: WireHook | UnsetType = UNSET
    alert_triggered: WireHook | UnsetType = UNSET
    job_checkin: WireHook | UnsetType = UNSET
    job_checkout: WireHook | UnsetType = UNSET
    place_checkin: WireHook | UnsetType = UNSET
    place_checkout: WireHook | UnsetType = UNSET


class GetWebhooks(Ask, frozen=True, kw_only=True):
    """Body of getwebhooks: nothing."""


def get_webhooks(call: Call, _: GetWebhooks) -> Webhooks:
    """Return where the company wants to hear of what."""
    found = _on_wire(actions.settings(call.tx, call.actor))
    return msgspec.structs.replace(Webhooks(webhooks=found), **found)


class SetWebhooks(Ask, frozen=True, kw_only=True):
    """Body of setwebhooks: key -> setting. Keys that are not sent stay; null switches one off.

    A setting holds `url` (https; empty is off), `header` (name to value, `{}` removes; `headers` is
    taken too) and, an extension, `format` (form or json). What it does not hold stays.
    """

    takes_null: ClassVar[bool] = True
    refuses_unknown: ClassVar[bool] = True

    job_created: Annotated[Setting, Meta(description="Told when a job was created.")] = UNSET
    job_updated: Annotated[Setting, Meta(description="Told when a job was changed.")] = UNSET
    job_completed: Annotated[
        Setting, Meta(description="Told when a job was done, with success or failure.")
    ] = UNSET
    job_archived: Annotated[Setting, Meta(description="Told when a job was archived.")] = UNSET
    job_deleted: Annotated[Setting, Meta(description="Told when a job was deleted.")] = UNSET
    alert_triggered: Annotated[Setting, Meta(description="Told when an alert was triggered.")] = (
        UNSET
    )
    job_checkin: Annotated[
        Setting, Meta(description="Told when somebody arrived at a job. An extension.")
    ] = UNSET
    job_checkout: Annotated[
        Setting, Meta(description="Told when somebody left a job. An extension.")
    ] = UNSET
    place_checkin: Annotated[
        Setting, Meta(description="Told when somebody arrived at a place. An extension.")
    ] = UNSET
    place_checkout: Annotated[
        Setting, Meta(description="Told when somebody left a place. An extension.")
    ] = UNSET


def set_webhooks(call: Call, ask: SetWebhooks) -> Webhooks:
    """Change where the company wants to hear of what: all keys sent, or none."""
    wishes: dict[str, HookWish] = {}
    for key in ask.__struct_fields__:
        sent: SentHook | UnsetType | None = getattr(ask, key)
        if not isinstance(sent, UnsetType):
            wishes[key] = actions.OFF if sent is None else _wish(sent)
    rules = outbound(allow_http=call.site.allow_http_webhooks, networks=call.site.allow_networks)
    return Webhooks(webhooks=_on_wire(actions.change(call.tx, call.actor, wishes, rules)))


def _wish(sent: SentHook) -> HookWish:
    header = sent.headers if isinstance(sent.header, UnsetType) else sent.header
    return HookWish(
        url=sent.url if sent.url is not None else "",
        headers=header if header is not None else {},
        format=sent.format if sent.format is not None else FORM,
    )


def _on_wire(hooks: dict[str, Hook]) -> dict[str, WireHook]:
    return {
        key: WireHook(
            url=hook.url,
            header=hook.headers,
            format=UNSET if hook.format == FORM else hook.format,
        )
        for key, hook in hooks.items()
    }
