"""Finding things by typing, and the pins that people put right."""

from roundsman.web.shapes.shape import Shape


class Found(Shape, frozen=True):
    """Something that was found. `kind` is one of address, place, job, person.

    `id` is that of the place, job or member; `state` says how well an address was found: exact,
    street or town. `lat`/`lng` are null where nobody knows where it is; `day` is 0 but for jobs.
    """

    kind: str
    id: str
    title: str
    about: str
    state: str
    lat: float | None
    lng: float | None
    day: int


class Findings(Shape, frozen=True):
    """Answer of `GET /web/search?q=&day=&lat=&lng=&only=address`, the likeliest of a kind first."""

    found: list[Found]
    attribution: str


class Unlocated(Shape, frozen=True):
    """A job or place whose position a person should look at. `kind` is one of job, place.

    `state` is one of street, town, failed, outdated, and hand where somebody has put it right.
    """

    kind: str
    id: str
    title: str
    address: str
    state: str
    lat: float | None
    lng: float | None
    day: int


class UnlocatedPage(Shape, frozen=True):
    """Answer of `GET /web/unlocated`. `waiting` addresses are still to be looked for.

    `complete` is false where more than these are to be looked at.
    """

    items: list[Unlocated]
    waiting: int
    complete: bool


class PutPin(Shape, frozen=True):
    """Body of `PUT /web/pins/{kind}/{id}`, which answers the job or place as it is then."""

    lat: float
    lng: float


class SoughtAgain(Shape, frozen=True):
    """Answer of `POST /web/unlocated/again`: how many addresses are looked for once more."""

    count: int
