"""The people of the demo company: invented, like their telephone numbers. Pure."""

from msgspec import Struct

COMPANY = "Douro Home Service"
ADMIN = "marta.carvalho@douro.example"
EMAIL = "office@douro.example"
PHONE = "+351900000100"
TIMEZONE = "Europe/Lisbon"
DAY_MINUTES = 24 * 60
# Where the company's office and store are: Campanhã, near the station.
OFFICE = (41.1496, -8.5858)
OFFICE_ADDRESS = "Rua da Estação 88, 4300-171 Porto"


class Team(Struct, frozen=True):
    """A shift: every day the same hours, in minutes since midnight, and how many jobs it does."""

    id: int
    name: str
    start: int
    end: int
    jobs: int


# Somebody is always on the road: the shifts overlap by day and leave no hour out.
EARLY = Team(1, "Early shift", 0, 10 * 60, 39)
DAY = Team(2, "Day shift", 8 * 60, 18 * 60, 47)
LATE = Team(3, "Late shift", 14 * 60, DAY_MINUTES, 64)
TEAMS = (EARLY, DAY, LATE)


class Person(Struct, frozen=True, kw_only=True):
    """A member. `lat`/`lng` is near where they live: their routes start and end there."""

    name: str
    username: str
    role: str
    phone: str
    color: str
    teams: tuple[Team, ...]
    lat: float = OFFICE[0]
    lng: float = OFFICE[1]
    travel_mode: str = "van"
    capacity: int = 40

    @property
    def is_worker(self) -> bool:
        """Tell whether this person drives a round."""
        return self.role == "worker"

    @property
    def team(self) -> Team:
        """Return the shift of a worker."""
        return self.teams[0]


def _worker(
    name: str, team: Team, number: int, color: str, home: tuple[float, float], mode: str = "van"
) -> Person:
    return Person(
        name=name,
        username=_username(name),
        role="worker",
        phone=f"+3519000001{number:02}",
        color=color,
        teams=(team,),
        lat=home[0],
        lng=home[1],
        travel_mode=mode,
        capacity={"van": 40, "car": 12, "motorcycle": 4}[mode],
    )


def _username(name: str) -> str:
    plain = name.lower().translate(str.maketrans("ãáàâçéêíóôõú", "aaaaceeiooou"))
    return plain.replace(" ", ".") + "@douro.example"


BOSS = Person(
    name="Marta Carvalho",
    username=ADMIN,
    role="admin",
    phone="+351900000110",
    color="#475569",
    teams=(),
)
DISPATCHER = Person(
    name="Otávio Reis",
    username=_username("Otávio Reis"),
    role="operator",
    phone="+351900000111",
    color="#64748b",
    teams=TEAMS,
)
WORKERS = (
    _worker("Rui Almeida", EARLY, 21, "#2563eb", (41.1712, -8.6035)),
    _worker("Sofia Teixeira", EARLY, 22, "#db2777", (41.1605, -8.6395)),
    _worker("Hugo Pinto", EARLY, 23, "#0d9488", (41.1515, -8.5930)),
    _worker("Ana Moreira", DAY, 31, "#7c3aed", (41.1568, -8.6228)),
    _worker("Tiago Ferreira", DAY, 32, "#ea580c", (41.1680, -8.6590), "car"),
    _worker("Beatriz Lopes", DAY, 33, "#0891b2", (41.1640, -8.5895)),
    _worker("João Baptista", LATE, 41, "#65a30d", (41.1540, -8.6520)),
    _worker("Carla Mendes", LATE, 42, "#c026d3", (41.1745, -8.6170)),
    _worker("Miguel Santos", LATE, 43, "#b45309", (41.1530, -8.6085), "car"),
    _worker("Leonor Vaz", LATE, 44, "#e11d48", (41.1590, -8.6700)),
)
EVERYBODY = (BOSS, DISPATCHER, *WORKERS)
