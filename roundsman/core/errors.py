"""Every way the house says no.

A refusal is an answer, not an accident: it has a snake_case `code` for programs, one sentence for
people, and the field meant. It knows no HTTP; each surface maps codes to its own numbers. Every
code is listed in `docs/errors.md`.
"""

from typing import ClassVar


class Refusal(Exception):
    """The parent of all refusals."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class BadFormat(Refusal):
    """The request is not of the documented form: no JSON, or a field of another type."""

    code = "bad_format"


class BadValue(Refusal):
    """A well-formed value that cannot be right."""

    code = "bad_value"


class UnknownMember(Refusal):
    """No such member in the caller's company."""

    code = "unknown_member"


class UnknownJob(Refusal):
    """No such job in the caller's company."""

    code = "unknown_job"


class UnknownPlace(Refusal):
    """No such place in the caller's company."""

    code = "unknown_place"


class UnknownThing(Refusal):
    """No such key, device, setting, plan or reserved slot in the caller's company."""

    code = "unknown_thing"


class UnknownAction(Refusal):
    """Nobody here answers to that name."""

    code = "unknown_action"


class BadLogin(Refusal):
    """The user name and the secret do not belong together."""

    code = "bad_login"


class BadKey(Refusal):
    """The API key is missing, wrong, revoked, or the API is switched off."""

    code = "bad_key"


class UsernameTaken(Refusal):
    """The user name belongs to somebody in another company."""

    code = "username_taken"


class NotAllowed(Refusal):
    """The caller's role or settings do not permit this."""

    code = "not_allowed"


class Suspended(Refusal):
    """The member or the company is deactivated."""

    code = "suspended"


class NotReady(Refusal):
    """A passing condition: the caller should try again."""

    code = "not_ready"


class Overtaken(NotReady):
    """What a change was worked out from has changed meanwhile."""

    code = "overtaken"


class SlotTaken(Refusal):
    """The window is not free any more: another visit took its room."""

    code = "slot_taken"


class TookTooLong(Refusal):
    """The request used up its time; it should ask for less."""

    code = "took_too_long"


class Throttled(Refusal):
    """Too many requests; `retry_after_s` seconds of patience help."""

    code = "throttled"

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TooLarge(Refusal):
    """The body is larger than the server takes."""

    code = "too_large"


class StaleForm(Refusal):
    """A state-changing browser call without the session's token."""

    code = "stale_form"


class BadSettings(Refusal):
    """The process settings cannot work; every problem is named at once."""

    code = "bad_settings"


class OldSchema(Refusal):
    """The database needs a migration that must be started by hand."""

    code = "old_schema"


class BadBackup(Refusal):
    """The file is no complete backup, or cannot be written where it should stand."""

    code = "bad_backup"


class NotEmpty(Refusal):
    """A restore would mix a backup with data that is there already."""

    code = "not_empty"


class TurnedDown(Refusal):
    """A server refused what the demo company's clients asked of it."""

    code = "turned_down"
