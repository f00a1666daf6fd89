"""Every fact the house can tell: past tense, ids and plain values only."""

import re

from msgspec import Struct

from roundsman.core.ids import (
    CompanyId,
    CredentialId,
    DeviceId,
    EventId,
    JobId,
    MemberId,
    PlaceId,
    RunId,
)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class By(Struct, frozen=True):
    """Who brought a fact about, for which company and by which means.

    `means` is one of api, web, app, geofence, cli, import or system.
    """

    company: CompanyId
    member: MemberId
    means: str


class Event(Struct, frozen=True, tag_field="fact", tag=_snake):
    """The parent of all facts. `subject` says whose history the fact belongs to."""

    @property
    def kind(self) -> str:
        """Return the fact's name in the outbox, such as `job_created`."""
        return str(self.__struct_config__.tag)

    @property
    def subject(self) -> str:
        """Return the key under which facts keep their order, such as `job:65a1...`."""
        raise NotImplementedError  # every fact below has its own


class JobEvent(Event, frozen=True):
    """The parent of facts about one job; the outbox keeps a snapshot of the job beside them."""

    job: JobId

    @property
    def subject(self) -> str:
        """Return the job's history."""
        return f"job:{self.job}"


class JobCreated(JobEvent, frozen=True):
    """A job was created."""


class JobUpdated(JobEvent, frozen=True):
    """A job changed; `fields` names what, `day_before` and `member_before` where it was."""

    fields: list[str] = []
    day_before: int = 0
    member_before: MemberId = MemberId("")


class JobCompleted(JobEvent, frozen=True):
    """A job got a terminal stamp; `success` says which."""

    success: bool


class JobArchived(JobEvent, frozen=True):
    """A job was hidden from every list."""


class JobDeleted(JobEvent, frozen=True):
    """A job was deleted for good."""


class JobCheckedIn(JobEvent, frozen=True):
    """A worker arrived at a job; `at_ms` is the time on site."""

    member: MemberId
    at_ms: int


class JobCheckedOut(JobEvent, frozen=True):
    """A worker left a job; `at_ms` is the time of leaving."""

    member: MemberId
    at_ms: int


class HelperCheckedIn(JobEvent, frozen=True):
    """Somebody who helps at a job arrived; `at_ms` is the time on site."""

    member: MemberId
    at_ms: int


class HelperCheckedOut(JobEvent, frozen=True):
    """Somebody who helps at a job left; `at_ms` is the time of leaving."""

    member: MemberId
    at_ms: int


class JobScheduled(JobEvent, frozen=True):
    """The planned times of a job were written; nobody outside is told."""


class PlanChanged(Event, frozen=True):
    """A plan of a day is there or was dealt with: done, failed, cancelled, applied or undone."""

    run: RunId
    change: str

    @property
    def subject(self) -> str:
        """Return the plan's history."""
        return f"plan:{self.run}"


class JobCarriedOver(JobEvent, frozen=True):
    """An unfinished job moved from the day that was over; `times` says how often by now."""

    day_before: int
    day: int
    times: int


class JobLeftBehind(JobEvent, frozen=True):
    """An unfinished job was carried over so often that it stays on its day from now on."""

    day: int
    times: int


class CarryOverEnded(Event, frozen=True):
    """Some unfinished jobs were left behind in one night, because they moved too often."""

    jobs: list[JobId]
    day: int

    @property
    def subject(self) -> str:
        """Return the company's own history."""
        return "company"


class EtaChanged(JobEvent, frozen=True):
    """A member is expected at a job much earlier or later than was told before.

    Times are milliseconds since 1970 UTC: what was told, what is expected now, and its range.
    """

    member: MemberId
    before_ms: int
    eta_ms: int
    low_ms: int
    high_ms: int


class RouteChanged(Event, frozen=True):
    """The order or set of a member's jobs of a day changed and the member is to be told now."""

    member: MemberId
    day: int

    @property
    def subject(self) -> str:
        """Return the member's history."""
        return f"member:{self.member}"


class AreaEvent(Event, frozen=True):
    """The parent of facts about presence in the area of a job or place.

    `area_kind` is `job` or `place`, `of` the id of that job or place, `visit` the id of the visit
    record, `at_ms` the true time on the ground. `corrects` is set when late data changed a time
    that was told before.
    """

    area_kind: str
    of: str
    member: MemberId
    visit: str
    at_ms: int
    estimated: bool = False
    corrects: bool = False

    @property
    def subject(self) -> str:
        """Return the member's history: presence is in order per member."""
        return f"member:{self.member}"


class AreaEntered(AreaEvent, frozen=True):
    """A member entered an area and stayed for the company's delay."""


class AreaLeft(AreaEvent, frozen=True):
    """A member left an area."""


class AreaVisitRetracted(AreaEvent, frozen=True):
    """Late data showed that a visit told before never was; `at_ms` is the entry told."""


class MemberInvited(Event, frozen=True):
    """A member was created without a password; `credential` is the invitation."""

    member: MemberId
    credential: CredentialId

    @property
    def subject(self) -> str:
        """Return the member's history."""
        return f"member:{self.member}"


class MemberChanged(Event, frozen=True):
    """A member was created, edited, reactivated or deactivated."""

    member: MemberId
    change: str

    @property
    def subject(self) -> str:
        """Return the member's history."""
        return f"member:{self.member}"


class PlaceChanged(Event, frozen=True):
    """A place was created, edited or deleted; `fields` names what an edit changed."""

    place: PlaceId
    change: str
    fields: list[str] = []

    @property
    def subject(self) -> str:
        """Return the place's history."""
        return f"place:{self.place}"


class CompanyChanged(Event, frozen=True):
    """Settings or teams of the company changed."""

    fields: list[str]

    @property
    def subject(self) -> str:
        """Return the company's own history."""
        return "company"


class CredentialChanged(Event, frozen=True):
    """A key, device token or session was made or revoked; never the secret."""

    credential: CredentialId
    credential_kind: str
    change: str
    owner: MemberId | DeviceId

    @property
    def subject(self) -> str:
        """Return the company's own history."""
        return "company"


class WebhookSwitchedOff(Event, frozen=True):
    """The house itself switched a webhook off; `because` is gone or silent."""

    key: str
    because: str

    @property
    def subject(self) -> str:
        """Return the company's own history."""
        return "company"


type Fact = (
    JobCreated
    | JobUpdated
    | JobCompleted
    | JobArchived
    | JobDeleted
    | JobCheckedIn
    | JobCheckedOut
    | HelperCheckedIn
    | HelperCheckedOut
    | JobScheduled
    | PlanChanged
    | JobCarriedOver
    | JobLeftBehind
    | EtaChanged
    | CarryOverEnded
    | RouteChanged
    | AreaEntered
    | AreaLeft
    | AreaVisitRetracted
    | MemberInvited
    | MemberChanged
    | PlaceChanged
    | CompanyChanged
    | CredentialChanged
    | WebhookSwitchedOff
)


class Told(Struct, frozen=True):
    """A fact as the relay hands it on: what, by whom, when, and the subject as it was then.

    `at_us` is when it was written; `snapshot` is the JSON of the subject's own struct after the
    change, or empty.
    """

    id: EventId
    by: By
    at_us: int
    event: Fact
    snapshot: str
