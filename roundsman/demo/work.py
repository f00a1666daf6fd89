"""What the demo company does: the kinds of work, and what is said when it is done. Pure."""

import csv
from functools import cache
from importlib.resources import files

from msgspec import Struct

# The wire's numbers for the type of a job.
_KINDS = {"work": 0, "pickup": 1, "dropoff": 2}


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DONE = (
    "",
    "",
    "",
    "All in order.",
    "Done, customer signed.",
    "Part replaced, old one taken along.",
    "Protocol is in the folder on site.",
    "Running again. Should be serviced in spring.",
    "Showed the customer how to set the timer.",
)
ISSUES = (
    "Nobody at home, card left in the letter box.",
    "Part is missing: ordered, expected in three days.",
    "Access was refused by the porter, office informed.",
    "Fuse box must be renewed first, offer to follow.",
)
FIRST_NAMES = _words(
    "Maria José Teresa António Helena Paulo Inês Luís Rita Nuno Clara Vasco Joana Duarte Filipa "
    "Manuel Graça Artur Isabel Simão"
)
LAST_NAMES = _words(
    "Silva Costa Pereira Rocha Nogueira Sousa Barros Cunha Magalhães Freitas Azevedo Coelho Matos "
    "Pires Guedes Brito Leal Queirós"
)
FLOORS = (
    "ground floor",
    "1st floor left",
    "1st floor right",
    "2nd floor left",
    "3rd floor right",
    "4th floor",
    "rear building",
)


class Work(Struct, frozen=True, kw_only=True):
    """A kind of work. `at` is the kind of customer it is done for, `home` for people at home."""

    title: str
    note: str
    minutes: int
    at: str
    teams: tuple[int, ...]
    labels: str
    device: str
    priority: int
    kind: int
    items: int


@cache
def works() -> tuple[Work, ...]:
    """Return every kind of work of `works.csv`."""
    text = files(__package__).joinpath("works.csv").read_text(encoding="utf-8")
    return tuple(
        Work(
            title=row["title"],
            note=row["note"],
            minutes=int(row["minutes"]),
            at=row["at"],
            teams=tuple(map(int, row["teams"].split())),
            labels=",".join(row["labels"].split()),
            device=row["device"],
            priority=int(row["priority"]),
            kind=_KINDS[row["kind"]],
            items=int(row["items"]),
        )
        for row in csv.DictReader(text.splitlines())
    )
