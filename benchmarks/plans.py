"""Measure plans of a working day: a city, people with hours and skills, jobs with windows.

    .venv/bin/python benchmarks/plans.py [--write]

Jobs lie around eight middles within 25 km; two in five have a window of two hours, one in five
needs a skill. In the full day everybody has lunch, hours and kilometres cost, lateness and overtime
are possible at a price, vans reload, and one job in five is bound to another. Times are processor
seconds of this process, compiled code being ready. What is planned is the day as `optimizeroute`
and an urgent job would ask for it.
"""

import argparse
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import process_time
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from msgspec import structs  # noqa: E402 - the path comes first

from roundsman.core.geo import Point  # noqa: E402 - likewise
from roundsman.dispatch.checker import check  # noqa: E402 - likewise
from roundsman.dispatch.insertion import insert_one  # noqa: E402 - likewise
from roundsman.dispatch.model import (  # noqa: E402 - likewise
    Break,
    Budget,
    Link,
    Person,
    Problem,
    Task,
    Window,
    penalty_of,
)
from roundsman.dispatch.reasons import explain  # noqa: E402 - likewise
from roundsman.dispatch.solver import budget_for, solve, warm  # noqa: E402 - likewise
from roundsman.dispatch.travel import great_circle  # noqa: E402 - likewise

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- plans -->", "<!-- /plans -->"
HOUR = 3600


def a_day(people: int, jobs: int) -> Problem:
    """Return a city's day; the same for equal numbers."""
    random = Random(f"{people}x{jobs}")  # noqa: S311 - a benchmark wants repeatable luck
    middles = [(random.gauss(41.15, 0.06), random.gauss(-8.61, 0.08)) for _ in range(8)]
    points = [Point(41.15, -8.61)]
    tasks: list[Task] = []
    for number in range(1, jobs + 1):
        lat, lng = random.choice(middles)
        points.append(Point(random.gauss(lat, 0.02), random.gauss(lng, 0.03)))
        opens = random.randrange(8, 16) * HOUR
        tasks.append(
            Task(
                id=f"job{number}",
                location=number,
                service_s=random.choice([300, 600, 900]),
                windows=(Window(opens, opens + 2 * HOUR),) if random.random() < 0.4 else (),
                skills=frozenset({"gas"}) if random.random() < 0.2 else frozenset(),
                dropoff=(random.randrange(4),),
                penalty=penalty_of(random.choice([5, 5, 5, 9])),
            )
        )
    persons = [
        Person(
            id=f"worker{number}",
            start=0,
            end=0,
            shift=Window(8 * HOUR, 17 * HOUR),
            skills=frozenset({"gas"}) if number % 2 == 0 else frozenset(),
            capacity=(60,),
        )
        for number in range(people)
    ]
    return Problem(tasks=tuple(tasks), persons=tuple(persons), travel=great_circle(points, ["car"]))


def a_full_day(people: int, jobs: int) -> Problem:
    """Return the same day with everything that people's days and jobs can ask for."""
    problem = a_day(people, jobs)
    random = Random(f"full {people}x{jobs}")  # noqa: S311 - as above
    bound = random.sample(range(jobs), jobs // 5 // 2 * 2)
    kinds: list[Literal["carry", "after", "together"]] = ["carry", "carry", "after", "together"]
    links = tuple(
        Link(kind=random.choice(kinds), first=min(pair), then=max(pair))
        for pair in zip(bound[::2], bound[1::2], strict=True)
    )
    carried = {task for link in links if link.kind == "carry" for task in (link.first, link.then)}
    sent = {link.first for link in links if link.kind == "carry"}
    tasks = [
        structs.replace(
            task,
            late_s=900,
            pickup=(1,) if number in sent else (),
            dropoff=((1,) if number not in sent else ()) if number in carried else task.dropoff,
        )
        for number, task in enumerate(problem.tasks)
    ]
    persons = [
        structs.replace(
            who,
            breaks=(Break(Window(11 * HOUR, 14 * HOUR), HOUR // 2),),
            overtime_s=HOUR,
            max_driving_s=5 * HOUR,
            per_km=60,
            per_hour=600,
            capacity=(30,),
            reload=(0,),
            reload_s=600,
        )
        for who in problem.persons
    ]
    return structs.replace(problem, tasks=tuple(tasks), persons=tuple(persons), links=links)


def timed[T](work: Callable[[], T]) -> tuple[float, T]:
    """Return the processor seconds of the work, and what it returned."""
    begin = process_time()
    answer = work()
    return process_time() - begin, answer


def plans() -> list[str]:
    """Return the figures of whole plans as lines of Markdown."""
    lines = [
        "| People x jobs | First plan s | Usual plan s | Iterations | Left out | Saved |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    sizes = ((1, 8), (1, 30), (4, 100), (10, 200), (50, 1000))
    days = [(people, jobs, a_day(people, jobs), "") for people, jobs in sizes]
    full = [(people, jobs, a_full_day(people, jobs), ", full") for people, jobs in sizes[1:]]
    for people, jobs, problem, kind in days + full:
        first_s, first = timed(lambda asked=problem: solve(asked, Budget(iterations=0, seconds=60)))
        usual_s, usual = timed(lambda asked=problem: solve(asked, budget_for(asked)))
        if check(problem, usual).violations:
            raise SystemExit(f"The plan of {people} x {jobs}{kind} is not sound.")
        left = len(usual.unserved)
        way = [sum(r.finish_s - r.depart_s for r in plan.routes) for plan in (first, usual)]
        lines.append(
            f"| {people} x {jobs}{kind} | {first_s:.2f} | {usual_s:.2f} | {usual.iterations:,} "
            f"| {left} "
            f"| {100 * (1 - way[1] / max(1, way[0])):.0f} % |"
        )
    return lines


def urgent() -> list[str]:
    """Return how long one urgent job takes, and why hundreds do not fit."""
    problem = a_day(50, 1000)
    known = structs.replace(problem, tasks=problem.tasks[:-1])
    running = solve(known, Budget(iterations=20_000, seconds=60))
    once_s = min(timed(lambda: insert_one(problem, running, 999))[0] for _ in range(5))
    few = structs.replace(
        problem,
        persons=tuple(
            structs.replace(who, shift=Window(8 * HOUR, 11 * HOUR)) for who in problem.persons
        ),
    )
    plan = solve(few, Budget(iterations=5_000, seconds=60))
    routes = [[visit.task for visit in route.visits] for route in plan.routes]
    left = [left_out.task for left_out in plan.unserved]
    why_s, _ = timed(lambda: explain(few, routes, left))
    once = f"One urgent job among 50 x 1,000: {1000 * once_s:.0f} ms."
    why = f"Why {len(left)} of them do not fit when all stop at eleven: {why_s:.2f} s."
    return [f"{once} {why}"]


def main() -> None:
    """Measure and print; with --write put the figures into the README of this folder."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--write", action="store_true")
    options = asked.parse_args()
    warm()
    head = f"Measured on {datetime.now(UTC):%Y-%m-%d}, one core, {platform.machine()}."
    text = "\n".join([head, "", *plans(), "", *urgent()])
    print(text)
    if options.write:
        before, _, rest = README.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


if __name__ == "__main__":
    main()
