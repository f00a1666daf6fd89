"""Generated planning problems with any mix of features, for the properties of plans."""

from random import Random

from hypothesis import strategies as st
from msgspec import Struct, structs

from roundsman.dispatch.checker import follow
from roundsman.dispatch.model import (
    UNREACHABLE,
    Matrix,
    Person,
    Problem,
    Task,
    Travel,
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


FEATURES = st.builds(Features, *[st.booleans() for _ in structs.fields(Features)])
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
    )


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
    )


def _with_fixed(random: Random, problem: Problem) -> Problem:
    """Give persons first and last tasks; take them away again where they alone break something."""
    spare = [index for index, task in enumerate(problem.tasks) if task.location is not None]
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
