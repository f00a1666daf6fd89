"""What every request and answer of the RPC surface has in common."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from roundsman.accounts.model import Actor
from roundsman.core.site import Site
from roundsman.places.pins import NO_ANSWERS, Address, Answers
from roundsman.storage.database import Tx

# What fits a signed 64-bit column and survives a JavaScript client.
type Int = Annotated[int, Meta(ge=-(2**53), le=2**53)]
# The order numbers of the contract use all 64 bits.
type Long = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
type Text = Annotated[str, Meta(max_length=20_000)]


class Ask(Struct, frozen=True, kw_only=True):
    """The parent of all request shapes: unknown members are ignored, null is absent.

    Shapes that change records set `takes_null`: there null empties a property. Those whose
    members are all known by name set `refuses_unknown`, so that a misspelt one is not lost.
    """

    takes_null: ClassVar[bool] = False
    refuses_unknown: ClassVar[bool] = False


class Answer(Struct, frozen=True, kw_only=True):
    """The parent of all answers; `status` is 0 for success."""

    status: int = 0


class Done(Answer, frozen=True, kw_only=True):
    """Answer without content."""


class File(Struct, frozen=True):
    """An answer that is a file instead of JSON."""

    name: str
    media_type: str
    content: bytes


class Call(Struct, frozen=True):
    """An action being called: the open transaction, who asks, what was prepared, and where.

    `answers` is what a geocoder knows of the addresses the request brings.
    """

    tx: Tx
    actor: Actor
    prepared: Any = None
    site: Site = Site()
    answers: Answers = NO_ANSWERS


class Planned(Struct, frozen=True):
    """How an action is worked out before its transaction.

    `ask` reads a question in a transaction of its own; `answer` is a pure function of a module and
    may run in another process. The handler finds both in `call.prepared`; if it raises Overtaken,
    all is done once more. Requests that `when` turns down go straight to the handler.
    """

    ask: Callable[[Call, Any], Any]
    answer: Callable[[Any], Any]
    when: Callable[[Any], bool] = lambda _: True


class Sought(Struct, frozen=True):
    """How the addresses of a request are looked for before its transaction.

    `addresses` reads in a transaction of its own which ones matter; `look_up` asks for them in a
    thread. The handler finds what came of it in `call.answers`. Requests that `wanting` turns down
    go straight on.
    """

    wanting: Callable[[Any], bool]
    addresses: Callable[[Call, Any], Sequence[Address]]
    look_up: Callable[[Sequence[Address]], Answers]


class Completed(Struct, frozen=True):
    """What outside services add to an answer, after the transaction, in a thread.

    It does so for requests that are `asking`, and returns the answer it was given, completed.
    """

    asking: Callable[[Any], bool]
    answer: Callable[[Any], Any]


class Action(Struct, frozen=True, kw_only=True):
    """One line of the endpoint page.

    `writes` opens a changing transaction. `prepare` runs before the transaction in a worker
    thread, for slow work such as hashing a password; `plan` is for what takes longer and needs the
    database first. `ours` marks an extension of the contract.
    """

    ask: type[Ask]
    handler: Callable[[Call, Any], object]
    answer: type[Struct]
    writes: bool = False
    prepare: Callable[[Any], Any] | None = None
    plan: Planned | None = None
    sought: Sought | None = None
    completed: Completed | None = None
    ours: bool = False
    tag: str = ""
    shows: tuple[type[Struct], ...] = ()
    """Shapes the document refers to by name that the types alone do not lead to."""
