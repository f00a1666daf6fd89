"""Running the compiled search inside a budget."""

from collections.abc import Callable
from time import monotonic
from typing import Literal

from msgspec import Struct

from roundsman.dispatch.engine.anneal import begin, go_back, search
from roundsman.dispatch.engine.arrays import BEST, COST, Facts, State
from roundsman.dispatch.engine.pack import facts_of, state_of
from roundsman.dispatch.model import Budget, Matrix, Person, Problem, Task, Travel, Window

# Annealing, in mean legs of the first solution.
_HOT, _COLD = 2.0, 0.02
# How long the compiled code runs before time and cancelling are looked at, and its first steps.
_BREATH_S = 0.02
_FIRST_STEPS = 20
# The cooling of no steps at all.
_STILL = (0.0, 0.0, 1.0, 1.0, 1.0)
# What the times, totals and reasons of the plan take afterwards, by task.
_REPORT_S = 40e-6


class Found(Struct, frozen=True):
    """The best solution of a search, in stops per person, and how the search ended."""

    stops: list[list[int]]
    iterations: int
    stopped: Literal["done", "time", "cancelled"]


def improve(
    problem: Problem,
    budget: Budget,
    cancelled: Callable[[], bool],
    tell: Callable[[int, int], None] = lambda _done, _cost: None,
) -> Found:
    """Search until the budget is used up; the seconds count from this call.

    `tell` hears of the iterations done and the least cost so far, every few hundredths of a second.

    Equal problem, seed and iterations give the equal answer as long as the seconds are not reached;
    without iterations the search cools by the clock and is different each time.
    """
    started = monotonic()
    seconds = max(0.0, budget.seconds - _REPORT_S * len(problem.tasks))
    facts = facts_of(problem)
    state = _begun(problem, facts, budget.seed)
    mean_leg = _travel(state) / (len(facts.free) + 1) or 1.0
    done, steps, step_s = 0, _FIRST_STEPS, 0.0
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
        search(facts, state, facts.free[:0], steps, (*cooling, _HOT * mean_leg, _COLD * mean_leg))
        done += steps
        tell(done, int(state.tally[BEST]))
        step_s = (monotonic() - now) / steps
        steps = max(1, int(min(_BREATH_S, left_s) / step_s))
    # A blink may have left out what fits after all.
    go_back(facts, state)
    search(facts, state, facts.free, 0, _STILL)
    return Found(_stops(state), done, stopped)


def _begun(problem: Problem, facts: Facts, seed: int) -> State:
    """Return the better of two first solutions: in the order of tasks, and far ones first."""
    states = [state_of(problem, facts, seed) for _ in range(2)]
    for state, order in zip(states, (facts.free, facts.far), strict=True):
        begin(facts, state)
        search(facts, state, order, 0, _STILL)
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
    return sum(state.travel[row] for row in state.row_of)


def _stops(state: State) -> list[list[int]]:
    return [[int(state.stops[row, at]) for at in range(state.size[row])] for row in state.row_of]
