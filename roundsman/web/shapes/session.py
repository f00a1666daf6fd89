"""Logging in, who is looking, invitations, and refusals."""

from roundsman.web.shapes.shape import Shape


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
    may_dispatch: bool
    may_integrate: bool
    may_manage_members: bool
    may_manage_company: bool


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
