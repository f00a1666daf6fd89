from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts.model import Company, Member
from roundsman.accounts.rights import Role
from roundsman.core.errors import NotReady, TookTooLong
from roundsman.core.geo import Point
from roundsman.core.ids import CompanyId, JobId, MemberId
from roundsman.dispatch.order import OrderQuestion, put_in_order
from roundsman.dispatch.pool import MOST_WAITING, QUIET_S, Pool
from roundsman.dispatch.pursuit import Pursuit, Told
from roundsman.dispatch.travel import Used, great_circle
from roundsman.jobs.model import Job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from roundsman.dispatch.model import Travel, TravelMode

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)

pytestmark = pytest.mark.anyio


class Sum(Struct, frozen=True):
    """A question: how much is this together, and which process says so?"""

    numbers: tuple[int, ...]
    is_heavy: bool = True


def together(question: Sum) -> tuple[int, int]:
    return sum(question.numbers), os.getpid()


def die(_: Sum) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def break_down(_: Sum) -> None:
    raise ZeroDivisionError


@pytest.fixture
async def pool(anyio_backend: str) -> AsyncIterator[Pool]:
    del anyio_backend
    made = Pool(2)
    yield made
    made.close()


async def test_a_heavy_question_is_answered_by_another_process(pool: Pool) -> None:
    total, process = await pool.answer(together, Sum((1, 2, 3)))
    assert total == 6
    assert process != os.getpid()
    assert (await pool.answer(together, Sum((4,)))) == (4, process)


async def test_a_light_one_is_answered_here(pool: Pool) -> None:
    assert await pool.answer(together, Sum((1, 2), is_heavy=False)) == (3, os.getpid())


async def test_a_process_that_dies_is_a_refusal_and_is_replaced(pool: Pool) -> None:
    with pytest.raises(NotReady):
        await pool.answer(die, Sum(()))
    assert (await pool.answer(together, Sum((5,))))[0] == 5


async def test_what_breaks_in_the_process_breaks_here_and_it_goes_on(pool: Pool) -> None:
    _, process = await pool.answer(together, Sum(()))
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        await pool.answer(break_down, Sum(()))
    assert await pool.answer(together, Sum((7,))) == (7, process)


async def test_a_question_is_given_the_travel_it_needs(anyio_backend: str) -> None:
    del anyio_backend
    asked: list[tuple[list[Point], list[str]]] = []

    def ways(points: Sequence[Point], modes: Iterable[TravelMode]) -> Travel:
        asked.append((list(points), list(modes)))
        return replace(great_circle(points, modes), roads="osrm:town", far=frozenset({1}))

    member = Member(
        id=MemberId("w"),
        username="wanda@acme.example",
        name="Wanda",
        role=Role.WORKER,
        created_at=NOW,
        route_start=Point(48.2, 16.0),
        travel_mode="bicycle",
    )
    jobs = [
        Job(id=JobId(f"j{n}"), created_at=NOW, saved_at=NOW, position=Point(48.2, 16 + n / 100))
        for n in range(1, 12)
    ]
    made = Pool(1, ways=ways)
    try:
        for some in (jobs[:2], jobs):  # one is answered here, the other by a process
            question = OrderQuestion(
                company=Company(id=CompanyId("acme"), username="acme", name="Acme", created_at=NOW),
                member=member,
                day=NOW.date(),
                jobs=tuple(some),
            )
            assert question.is_heavy == (len(some) > 2)
            answer = await made.answer(put_in_order, question)
            assert answer.used == Used("osrm:town", "", (JobId("j1"),))
    finally:
        made.close()
    assert [(len(points), modes) for points, modes in asked] == [
        (3, ["bicycle"]),
        (12, ["bicycle"]),
    ]


async def test_too_many_questions_are_not_kept_waiting(pool: Pool) -> None:
    light = Sum((1,), is_heavy=False)
    waiting = [asyncio.ensure_future(pool.answer(together, light)) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(NotReady):
        await pool.answer(together, light)
    assert len(await asyncio.gather(*waiting)) == MOST_WAITING
    assert await pool.answer(together, light) == (1, os.getpid())


async def test_a_warmed_process_waits_and_closing_ends_it(pool: Pool) -> None:
    pool.warm()
    _, process = await pool.answer(together, Sum(()))
    pool.close()
    assert not is_alive(process)


async def test_one_process_is_enough_however_often_somebody_works(pool: Pool) -> None:
    for _ in range(3):
        pool.warm()
    _, process = await pool.answer(together, Sum(()))
    pool.warm()
    assert (await pool.answer(together, Sum(())))[1] == process


async def test_a_process_ends_after_a_quiet_time_and_starts_again(anyio_backend: str) -> None:
    del anyio_backend
    now = 0.0
    made = Pool(2, clock=lambda: now)
    try:
        _, process = await made.answer(together, Sum(()))
        now = QUIET_S - 1
        assert await made.rest() == 0
        made.warm()  # somebody works, though nobody asks for a plan
        now += QUIET_S - 1
        assert await made.rest() == 0
        assert is_alive(process)
        now += 1
        assert await made.rest() == 1
        assert not is_alive(process)
        total, other = await made.answer(together, Sum((1,)))
        assert (total, is_alive(other)) == (1, True)
    finally:
        made.close()


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_ends_when_its_server_is_gone() -> None:
    worker = subprocess.run(
        [sys.executable, "-m", "roundsman.dispatch.pool"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (worker.returncode, worker.stdout, worker.stderr) == (0, b"", b"")


def count_up(
    question: Sum, is_stopped: Callable[[], bool], tell: Callable[[int, int], None]
) -> tuple[int, bool]:
    count = 0
    while count < question.numbers[0] and not is_stopped():
        count += 1
        tell(count, 7)
        time.sleep(0.001)
    return count, is_stopped()


def first_word(pursuit: Pursuit) -> Told:
    """Return the first thing the process tells of its search."""
    for _ in range(6000):
        if pursuit.told is not None and pursuit.told.cost is not None:
            return pursuit.told
        time.sleep(0.01)
    pytest.fail("The process never said a word.")


async def test_a_long_question_tells_how_it_goes_and_stops_when_asked(pool: Pool) -> None:
    pursuit = Pursuit()
    answering = asyncio.create_task(pool.pursue(count_up, Sum((1_000_000,)), pursuit, 60))
    told = await asyncio.to_thread(first_word, pursuit)
    assert told.cost == 7
    pursuit.stop()
    count, stopped = await answering
    assert stopped
    assert told.iterations <= count < 1_000_000


async def test_a_long_question_may_be_stopped_before_it_began(pool: Pool) -> None:
    pursuit = Pursuit()
    pursuit.stop()
    count, stopped = await pool.pursue(count_up, Sum((1_000_000,)), pursuit, 60)
    assert stopped
    assert count < 1_000_000


async def test_a_long_question_that_is_given_up_or_takes_too_long_is_refused(pool: Pool) -> None:
    pursuit = Pursuit()
    answering = asyncio.create_task(pool.pursue(count_up, Sum((1_000_000,)), pursuit, 60))
    await asyncio.to_thread(first_word, pursuit)
    pursuit.kill()
    with pytest.raises(NotReady):
        await answering
    with pytest.raises(TookTooLong):
        await pool.pursue(count_up, Sum((1_000_000,)), Pursuit(), 0.5)
