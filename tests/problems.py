"""Generated planning problems with any mix of features, for the properties of plans."""

from random import Random
from typing import Any, Literal

from hypothesis import strategies as st
from msgspec import Struct, structs

from roundsman.dispatch.checker import follow
from roundsman.dispatch.model import (
    UNREACHABLE,
    Break,
    Link,
    Matrix,
    Person,
    Problem,
    Task,
    Travel,
    Weights,
    Window,
    penalty_of,
)


class Features(Struct, frozen=True):
    """What a generated problem contains."""

    windows: bool
    split_windows: bool
    shift: bool
    load: bool
    skills: bool
    pins: bool
    fixed: bool
    max_tasks: bool
    priority_first: bool
    gaps: bool
    open_ends: bool
    absent: bool
    metres: bool
    likes: bool
    bounds: bool
    breaks: bool = False
    off: bool = False
    late: bool = False
    overtime: bool = False
    driving: bool = False
    working: bool = False
    speed: bool = False
    costs: bool = False
    zones: bool = False
    balance: bool = False
    reload: bool = False
    carry: bool = False
    after: bool = False
    together: bool = False


NAMES = [field.name for field in structs.fields(Features)]
PLAIN = Features(*[False for field in structs.fields(Features) if field.required])
# Features that leave a route something to choose, or cost something else than travel.
RICH = NAMES[NAMES.index("breaks") :]
_PLAIN_NAMES = NAMES[: NAMES.index("breaks")]


def with_features(*names: str) -> Features:
    """Return these features and no others."""
    return structs.replace(PLAIN, **dict.fromkeys(names, True))


FEATURES = st.builds(Features, *[st.booleans() for _ in _PLAIN_NAMES])


def _mixed(plain: list[str], rich: list[str]) -> Features:
    return with_features(*plain, *rich)


ANY_FEATURES = st.builds(
    _mixed,
    st.lists(st.sampled_from(_PLAIN_NAMES), max_size=4),
    st.lists(st.sampled_from(RICH), min_size=1, max_size=4),
)
SEEDS = st.integers(0, 2**32)


def generate(seed: int, features: Features, tasks: int, persons: int) -> Problem:
    """Return a random problem with these features whose fixed tasks break nothing."""
    random = Random(seed)
    size = tasks + 2
    people = tuple(_person(random, features, number, size) for number in range(persons))
    jobs = tuple(_task(random, features, index) for index in range(tasks))
    problem = Problem(
        tasks=jobs,
        persons=people,
        travel=Travel(
            "generated",
            {"car": _matrix(random, features, size), "bicycle": _matrix(random, features, size)},
        ),
        minimise="metres" if features.metres else "seconds",
        priority_first=features.priority_first,
        links=_links(random, features, tasks),
        weights=Weights(balance=random.randrange(1, 50)) if features.balance else Weights(),
    )
    return _with_fixed(random, problem) if features.fixed else problem


def _matrix(random: Random, features: Features, size: int) -> Matrix:
    spots = [(random.randrange(6000), random.randrange(6000)) for _ in range(size)]
    metres = [[abs(a - c) + abs(b - d) for c, d in spots] for a, b in spots]
    seconds = [[far // 8 + random.randrange(60) for far in row] for row in metres]
    for place in range(size):
        seconds[place][place] = 0
    if features.gaps:
        for _ in range(size):
            a, b = random.randrange(size), random.randrange(size)
            if a != b:
                metres[a][b] = seconds[a][b] = UNREACHABLE
    return Matrix(seconds, metres)


def _task(random: Random, features: Features, index: int) -> Task:
    windows: tuple[Window, ...] = ()
    if features.windows and random.random() < 0.6:
        begin = random.randrange(0, 9000)
        windows = (Window(begin, begin + random.randrange(3000)),)
        if features.split_windows:
            later = windows[0].end_s + random.randrange(1, 2000)
            windows = (*windows, Window(later, later + random.randrange(1500)))
    location = None if features.absent and random.random() < 0.15 else index + 2
    if location is not None and index and random.random() < 0.1:
        location = 2  # several tasks at one address
    priority = random.randrange(11)
    return Task(
        id=f"t{index}",
        location=location,
        service_s=random.choice([0, 120, 600]),
        windows=windows,
        priority=priority,
        pickup=(random.randrange(4), random.randrange(3)) if features.load else (),
        dropoff=(random.randrange(4),) if features.load else (),
        skills=frozenset(random.sample(["gas", "water"], random.randrange(3)))
        if features.skills
        else frozenset(),
        person=random.choice(["", "", "", "p0", "nobody"]) if features.pins else "",
        forbidden=frozenset(random.sample(["p0", "p1", "p2"], random.randrange(2)))
        if features.likes
        else frozenset(),
        preferred=frozenset(random.sample(["p0", "p1", "p2"], random.randrange(3)))
        if features.likes
        else frozenset(),
        preference=random.randrange(3000) if features.likes else 0,
        penalty=penalty_of(priority),
        late_s=random.choice([0, 300, 3000]) if features.late else 0,
        zone=random.choice(["", "north", "south"]) if features.zones else "",
    )


def _links(random: Random, features: Features, tasks: int) -> tuple[Link, ...]:
    """Bind pairs of tasks, each in one bond that both must keep at most."""
    spare = list(range(tasks))
    random.shuffle(spare)
    links: list[Link] = []
    pairs: list[tuple[Literal["carry", "together"], int]] = []
    if features.carry:
        pairs.append(("carry", 5))
    if features.together:
        pairs.append(("together", 8))
    for kind, share in pairs:
        number = min(max(1, tasks // share), len(spare) // 2)
        links += [Link(kind=kind, first=spare.pop(), then=spare.pop()) for _ in range(number)]
    if features.after:
        for _ in range(max(1, tasks // 5)):
            if tasks > 1:
                first, then = random.sample(range(tasks), 2)
                least_s = random.choice([0, 0, 600])
                # Who comes first has the lower number, so that no bonds go round in a circle.
                first, then = min(first, then), max(first, then)
                links.append(Link(kind="after", first=first, then=then, least_s=least_s))
    return tuple(links)


def _person(random: Random, features: Features, number: int, size: int) -> Person:
    return Person(
        id=f"p{number}",
        start=None if features.open_ends and random.random() < 0.5 else random.randrange(size),
        end=None if features.open_ends and random.random() < 0.5 else random.randrange(2),
        shift=Window(random.randrange(2000), random.randrange(4000, 12000))
        if features.shift
        else Window(),
        mode=random.choice(["car", "bicycle"]),
        skills=frozenset(random.sample(["gas", "water"], random.randrange(3))),
        capacity=(random.randrange(3, 12), random.randrange(3, 12)) if features.load else (),
        max_tasks=random.randrange(1, 6) if features.max_tasks else None,
        max_metres=random.randrange(5_000, 40_000) if features.bounds else None,
        **_more(random, features, size),
    )


def _more(random: Random, features: Features, size: int) -> dict[str, Any]:
    """Return what makes a person's day special."""
    more: dict[str, Any] = {}
    if features.breaks and random.random() < 0.8:
        more["breaks"] = _breaks(random)
    if features.off and random.random() < 0.8:
        # Behind every break that the lines above can make.
        opens = random.randrange(10_500, 12_000) if features.breaks else random.randrange(8_000)
        more["off"] = (Window(opens, opens + random.randrange(500, 2500)),)
    if features.overtime:
        more["overtime_s"] = random.choice([0, 900, 5000])
    if features.driving:
        more["max_driving_s"] = random.randrange(600, 6000)
    if features.working:
        more["max_working_s"] = random.randrange(2000, 9000)
    if features.speed:
        more["speed"] = random.choice([70, 100, 130])
    if features.costs:
        more["per_km"] = random.randrange(300)
        more["per_hour"] = random.choice([0, 1000])
        more["per_route"] = random.randrange(2000)
    if features.zones:
        more["zones"] = frozenset(random.sample(["north", "south"], random.randrange(2)))
    if features.reload:
        more["reload"] = tuple(random.sample(range(size), random.randrange(3)))
        more["reload_s"] = random.choice([0, 300])
    return more


def _breaks(random: Random) -> tuple[Break, ...]:
    opens = random.randrange(1000, 4000)
    first = Break(Window(opens, opens + random.choice([0, 500, 2000])), 600)
    if random.random() < 0.6:
        return (first,)
    later = first.window.end_s + 600 + random.randrange(2000)
    return first, Break(Window(later, later + random.randrange(1500)), 300)


def _with_fixed(random: Random, problem: Problem) -> Problem:
    """Give persons first and last tasks; take them away again where they alone break something."""
    # What is fixed may be waited for; what waits or goes in pairs is for the solver to place.
    bound = {link.then for link in problem.links}
    bound |= {link.first for link in problem.links if link.kind != "after"}
    spare = [
        index
        for index, task in enumerate(problem.tasks)
        if task.location is not None and index not in bound
    ]
    random.shuffle(spare)
    for person, who in enumerate(problem.persons):
        first = tuple(spare.pop() for _ in range(min(len(spare), random.randrange(3))))
        last = tuple(spare.pop() for _ in range(min(len(spare), random.randrange(2))))
        persons = list(problem.persons)
        persons[person] = structs.replace(who, first=first, last=last)
        tried = structs.replace(problem, persons=tuple(persons))
        if follow(tried, person, [*first, *last])[1].feasible:
            problem = tried
    return problem
