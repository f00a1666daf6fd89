"""The live map: members, jobs and what opens when one is clicked."""

from roundsman.web.shapes.shape import Shape


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
    `member` is a member's id or empty, `helpers` are ids of members. `windowStart`/`windowEnd` are
    minutes since midnight, 0 and 1440 where open. `lat`/`lng` are null without a position. `eta` is
    when the member is expected, `etaLow` to `etaHigh` its range, all 0 where nobody is. `carried`
    is how often the job was carried over, `pinned` names what no automatic step changes: person,
    position, time.
    """

    id: str
    title: str
    address: str
    lat: float | None
    lng: float | None
    radius: int
    member: str
    helpers: list[str]
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
    eta: int
    eta_low: int
    eta_high: int
    carried: int
    contact_name: str
    contact_phone: str
    note: str
    reply: str
    pinned: list[str]


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
    """One entry of a job's history. `means` is one of api, web, geofence, system, app.

    `day` is the day that a job was carried over from, 0 in other entries.
    """

    at: int
    what: str
    who: str
    means: str
    day: int = 0


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
