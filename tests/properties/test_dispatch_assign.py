"""Jobs shared out in generated problems: nothing is broken, lost or moved that should not be."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from roundsman.dispatch.assign import Method, assign
from roundsman.dispatch.checker import follow
from tests.problems import FEATURES, SEEDS, Features, generate

METHODS: st.SearchStrategy[Method] = st.sampled_from(["distance", "zones", "size"])


@given(SEEDS, FEATURES, st.integers(0, 14), st.integers(0, 3), METHODS)
@settings(max_examples=150, deadline=None)
def test_whatever_is_assigned_keeps_every_bound(
    seed: int, features: Features, tasks: int, persons: int, method: Method
) -> None:
    problem = generate(seed, features, tasks, persons)
    random = Random(seed)
    before = [[*who.first, *who.last] for who in problem.persons]
    taken = {task for route in before for task in route}
    new = [task for task in range(tasks) if task not in taken]
    zones = [random.choice(["", "a", "b"]) for _ in range(tasks)]
    after = assign(problem, before, new, method, zones)

    placed = [task for route in after.routes for task in route]
    left = [one.task for one in after.unserved]
    assert sorted([*placed, *left]) == list(range(tasks))
    for person, route in enumerate(after.routes):
        assert follow(problem, person, route)[1].feasible
        assert [task for task in route if task in taken] == before[person]
    assert assign(problem, before, new, method, zones) == after
    if method != "size":
        # What is left out fits nowhere; with size a task may be left where balance put the others.
        for task in left:
            for person, route in enumerate(after.routes):
                who = problem.persons[person]
                for at in range(len(who.first), len(route) - len(who.last) + 1):
                    tried = [*route[:at], task, *route[at:]]
                    assert not follow(problem, person, tried)[1].feasible
