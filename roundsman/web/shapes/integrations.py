"""The page API and integrations: the switch, keys, webhooks and their deliveries."""

from roundsman.web.shapes.shape import Shape


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


class Attempt(Shape, frozen=True):
    """One call of a receiver: its HTTP status, or 0 and why none came, after `took` ms."""

    at: int
    number: int
    status: int
    error: str
    took: int


class Delivery(Shape, frozen=True):
    """A line of the delivery log.

    `state` is waiting, delivered, dead or off; `due` is when it is tried (again), 0 when not;
    `subject` is the id of what it tells of.
    """

    id: str
    action: str
    subject: str
    state: str
    attempts: int
    status: int
    error: str
    created: int
    due: int
    done: int


class Deliveries(Shape, frozen=True):
    """Answer of `GET /web/hooks/{event}/deliveries?before=`: newest first.

    `more` tells whether there are older ones: ask again with `before`, the id of the last line.
    """

    lines: list[Delivery]
    more: bool


class DeliveryDetail(Shape, frozen=True):
    """Answer of `GET /web/hooks/{event}/deliveries/{id}`: what is sent, and every attempt."""

    delivery: Delivery
    content_type: str
    body: str
    attempts: list[Attempt]


class Replay(Shape, frozen=True):
    """Body of `POST /web/hooks/{event}/replay`: deliveries to send once more."""

    ids: list[str]


class Replayed(Shape, frozen=True):
    """Answer of `POST /web/hooks/{event}/replay`: how many were put on their way."""

    count: int
