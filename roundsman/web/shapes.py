"""What the browser app and the server say to each other: every request and answer of `/web`.

Field names are camelCase on the wire. Times are milliseconds since 1970 UTC, 0 where nothing
happened; days are `YYYYMMDD`; positions are degrees; distances metres; speeds metres per second.
"""

from msgspec import Struct


class Shape(Struct, frozen=True, kw_only=True, rename="camel"):
    """The parent of all shapes of this surface."""


class LogIn(Shape, frozen=True):
    """Body of `POST /web/login`."""

    username: str
    password: str


class Viewer(Shape, frozen=True):
    """Who is looking, and what they may do."""

    id: str
    name: str
    username: str
    role: str
    may_integrate: bool
    may_manage_members: bool


class CompanyCard(Shape, frozen=True):
    """The company of the viewer; `lat`/`lng` is where an empty map starts."""

    id: str
    name: str
    timezone: str
    lat: float
    lng: float
    unit_distance: str
    unit_time: str
    today: int
    demo: bool


class Session(Shape, frozen=True):
    """Answer of `GET /web/session` and `POST /web/login`: `csrf` goes back as `X-CSRF-Token`."""

    csrf: str
    viewer: Viewer
    company: CompanyCard


class Here(Shape, frozen=True):
    """The last known position of a member. `ts` is the time of the fix on the device."""

    lat: float
    lng: float
    ts: int
    accuracy: float
    speed: float
    heading: float


class MemberCard(Shape, frozen=True):
    """A member on the board.

    `moving` is one of ontheway, idling, halted, offduty or empty; `freshness` one of live, recent,
    stale, offline or none; `at` names the job or place the member is inside, or is empty.
    """

    id: str
    name: str
    role: str
    color: str
    teams: list[int]
    phone: str
    moving: str
    moving_since: int
    freshness: str
    battery: int
    charging: bool
    at: str
    here: Here | None


class JobCard(Shape, frozen=True):
    """A job of the day on the board.

    `progress` is one of unassigned, scheduled, accepted, rejected, in_progress, left, done, issue.
    `member` is a member's id or empty. `windowStart`/`windowEnd` are minutes since midnight, 0 and
    1440 where open. `lat`/`lng` are null without a position.
    """

    id: str
    title: str
    address: str
    lat: float | None
    lng: float | None
    radius: int
    member: str
    team: int
    number: int
    priority: int
    kind: str
    progress: str
    window_start: int
    window_end: int
    on_site_seconds: int
    scheduled_start: int
    scheduled_end: int
    check_in: int
    check_out: int
    done: int
    contact_name: str
    contact_phone: str
    note: str
    reply: str


class TeamCard(Shape, frozen=True):
    """A team of the company."""

    id: int
    name: str


class Board(Shape, frozen=True):
    """Answer of `GET /web/board?day=YYYYMMDD`: everything the live map shows, in one answer.

    `seq` is the number of the newest live frame already contained.
    """

    seq: int
    day: int
    members: list[MemberCard]
    jobs: list[JobCard]
    teams: list[TeamCard]


class Frame(Shape, frozen=True, tag="frame"):
    """One message of the websocket `/web/live?day=YYYYMMDD&seq=n`: what changed since the last one.

    Members and jobs replace those of the same id; `goneJobs` are no longer on this day.
    """

    seq: int
    members: list[MemberCard]
    jobs: list[JobCard]
    gone_jobs: list[str]


class Step(Shape, frozen=True):
    """One entry of a job's history. `means` is one of api, web, geofence, system, app."""

    at: int
    what: str
    who: str
    means: str


class Course(Shape, frozen=True):
    """Answer of `GET /web/members/{id}/course?day=`: the driven line of the day (polyline, 5)."""

    encoded: str
    distance: float
    stops: list[Here]


class JobDetail(Shape, frozen=True):
    """Answer of `GET /web/jobs/{id}`."""

    job: JobCard
    history: list[Step]
    custom_fields: list[tuple[str, str]]


class Key(Shape, frozen=True):
    """An API key as it is shown: never the secret, only its first six characters."""

    id: str
    hint: str
    label: str
    member: str
    member_name: str
    created: int
    last_used: int
    revoked: int


class Hook(Shape, frozen=True):
    """A webhook setting: one URL per event key."""

    event: str
    url: str
    headers: dict[str, str]
    last_status: int
    last_attempt: int
    pending: int
    failed: int


class MemberChoice(Shape, frozen=True):
    """A member a key can be made for."""

    id: str
    name: str
    role: str


class Integrations(Shape, frozen=True):
    """Answer of `GET /web/integrations`."""

    enabled: bool
    base_url: str
    keys: list[Key]
    hooks: list[Hook]
    members: list[MemberChoice]


class Switch(Shape, frozen=True):
    """Body of `PUT /web/integrations/enabled`."""

    on: bool


class MakeKey(Shape, frozen=True):
    """Body of `POST /web/keys`."""

    label: str
    member: str


class MadeKey(Shape, frozen=True):
    """Answer of `POST /web/keys`: the only time the secret is shown."""

    key: Key
    secret: str


class SetHook(Shape, frozen=True):
    """Body of `PUT /web/hooks/{event}`; an empty `url` switches the event off."""

    url: str
    headers: dict[str, str]


class HookSecret(Shape, frozen=True):
    """Answer of `POST /web/hooks/{event}/secret`: a new signing secret, shown once."""

    secret: str


class Invitation(Shape, frozen=True):
    """Answer of `GET /web/invitations/{token}`."""

    name: str
    username: str
    company: str


class AcceptInvitation(Shape, frozen=True):
    """Body of `POST /web/invitations/{token}`; the answer is a Session."""

    password: str


class Problem(Shape, frozen=True):
    """The body of every refusal of this surface, with a fitting HTTP status.

    `code` is one of `docs/errors.md`, `message` a sentence for people, `field` the field meant.
    """

    code: str
    message: str
    field: str = ""
    request_id: str = ""
