"""Running the compiled search inside a budget."""

from collections.abc import Callable
from time import monotonic
from typing import Literal

from msgspec import Struct

from roundsman.dispatch.engine.anneal import ANEW, BEST_SO_FAR, ON, search
from roundsman.dispatch.engine.arrays import (
    BEST,
    COST,
    HOLD_CLOSE,
    HOLD_OPEN,
    LEGS,
    ROW_OF,
    SIZE,
    STOPS,
    Facts,
    State,
)
from roundsman.dispatch.engine.pack import facts_of, state_of
from roundsman.dispatch.model import (
    OPEN_END_S,
    Budget,
    Matrix,
    Person,
    Problem,
    Progress,
    Task,
    Travel,
    Window,
)

# Annealing, in mean legs of the first solution.
_HOT, _COLD = 2.0, 0.02
# How long the compiled code runs before time and cancelling are looked at, and its first steps.
_BREATH_S = 0.02
_FIRST_STEPS = 20
# How often the search tells how far it is.
_TELL_S = 0.25
# The cooling of no steps at all.
_STILL = (0.0, 0.0, 1.0, 1.0, 1.0)
# What the times, totals and reasons of the plan take afterwards, by task.
_REPORT_S, _RICH_REPORT_S = 40e-6, 300e-6


class Found(Struct, frozen=True):
    """The best solution of a search, in stops per person, and how the search ended.

    `agreed` says when tasks begin that are bound to others.
    """

    stops: list[list[int]]
    agreed: dict[int, Window]
    iterations: int
    stopped: Literal["done", "time", "cancelled"]


def improve(
    problem: Problem,
    budget: Budget,
    cancelled: Callable[[], bool],
    progress: Callable[[Progress], None] = lambda _: None,
) -> Found:
    """Search until the budget is used up; the seconds count from this call.

    `tell` hears of the iterations done and the least cost so far, every few hundredths of a second.

    Equal problem, seed and iterations give the equal answer as long as the seconds are not reached;
    without iterations the search cools by the clock and is different each time.
    """
    started = monotonic()
    facts = facts_of(problem)
    report_s = _RICH_REPORT_S if facts.rich else _REPORT_S
    seconds = max(0.0, budget.seconds - report_s * len(problem.tasks))
    state = _begun(problem, facts, budget.seed)
    mean_leg = facts.rates[0] * _travel(state) / (len(facts.free) + 1) or 1.0
    done, steps, step_s, tell_at = 0, _FIRST_STEPS, 0.0, started
    stopped: Literal["done", "time", "cancelled"] = "done"
    while len(facts.free) > 1 and (budget.iterations is None or done < budget.iterations):
        now = monotonic()
        left_s = started + seconds - now
        if cancelled() or left_s <= 0:
            stopped = "time" if left_s <= 0 else "cancelled"
            break
        if budget.iterations is None:
            cooling = seconds - left_s, step_s, seconds
        else:
            steps = min(steps, budget.iterations - done)
            cooling = float(done), 1.0, float(budget.iterations)
        search(
            facts, state, ON, facts.free[:0], steps, (*cooling, _HOT * mean_leg, _COLD * mean_leg)
        )
        done += steps
        step_s = (monotonic() - now) / steps
        if monotonic() >= tell_at:
            tell_at = monotonic() + _TELL_S
            spent_s = 1 - (started + seconds - monotonic()) / seconds if seconds else 1.0
            share = max(spent_s, done / budget.iterations if budget.iterations else 0.0)
            progress(Progress(min(1.0, share), done, int(state.tally[BEST])))
        steps = max(1, int(min(_BREATH_S, left_s) / step_s))
    # A blink may have left out what fits after all.
    search(facts, state, BEST_SO_FAR, facts.free, 0, _STILL)
    return Found(_stops(state), _agreed(state), done, stopped)


def _begun(problem: Problem, facts: Facts, seed: int) -> State:
    """Return the better of two first solutions: in the order of tasks, and far ones first."""
    states = [state_of(problem, facts, seed) for _ in range(2)]
    for state, order in zip(states, (facts.free, facts.far), strict=True):
        search(facts, state, ANEW, order, 0, _STILL)
    return min(states, key=lambda state: state.tally[COST])


def warm() -> None:
    """Have everything compiled, or read from disk where it was before: some 0.3 s, else 30 s."""
    legs = [[abs(a - b) for b in range(3)] for a in range(3)]
    tasks = tuple(
        Task(id=str(number), location=1 + number % 2, windows=(Window(0, 99),), penalty=100)
        for number in range(3)
    )
    problem = Problem(
        tasks=tasks,
        persons=(Person(id="somebody", start=0, end=0),),
        travel=Travel("none", {"car": Matrix(legs, legs)}),
    )
    improve(problem, Budget(iterations=2, seconds=600.0), lambda: False)


def _travel(state: State) -> int:
    """Return the cost of all legs."""
    return sum(
        state.tours[LEGS, row, leg]
        for row in state.lanes[ROW_OF][:-1]
        if state.rows[SIZE, row]
        for leg in range(state.rows[SIZE, row] + 1)
    )


def _agreed(state: State) -> dict[int, Window]:
    holds = zip(state.tasks[HOLD_OPEN], state.tasks[HOLD_CLOSE], strict=True)
    return {
        task: Window(int(opens), int(min(closes, OPEN_END_S)))
        for task, (opens, closes) in enumerate(holds)
        if opens > 0 or closes < OPEN_END_S
    }


def _stops(state: State) -> list[list[int]]:
    return [
        [int(state.tours[STOPS, row, at]) for at in range(state.rows[SIZE, row])]
        for row in state.lanes[ROW_OF][:-1]
    ]
