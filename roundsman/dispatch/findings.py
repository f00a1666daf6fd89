"""What the checker says about a route or a plan (pure)."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

Kind = Literal[
    "no_location",  # a task without position is in a route
    "unreachable",  # a leg without connection
    "skill",  # by: skills that are missing
    "pinned",  # the task belongs to somebody else
    "forbidden",  # the person must not do the task
    "capacity",  # by: the load above the bound, in its dimension
    "time_window",  # by: seconds after the last moment to begin
    "working_hours",  # by: seconds after the end of the shift and of its overtime
    "max_jobs",  # by: tasks above the bound
    "max_distance",  # by: metres above the bound
    "max_driving",  # by: seconds above the bound
    "max_working",  # by: seconds above the bound
    "break",  # a break or span off that is not kept; by: how many
    "linked",  # a bond between two tasks; by: seconds too early, or 1
    "fixed",  # a first or last task is not in its place
    "priority_order",  # by: priority points above the task before it
    "twice",  # the task stands in several places of the plan
    "lost",  # the task is neither served nor listed as unserved
    "wrong_time",  # the plan's own times or slack differ from what is driven; by: seconds
    "wrong_cost",  # by: the difference
]


class Violation(Struct, frozen=True):
    """One broken promise: of which person (index), at which task (index), by how much."""

    kind: Kind
    person: int | None = None
    task: int | None = None
    by: int = 1


class Totals(Struct, frozen=True, kw_only=True):
    """What a route, or all routes together, amount to. `load` is the peak per dimension.

    `work_s` is the time from begin to end less breaks, `priced_late_s` the part of `late_s` at
    tasks that may be late at a price.
    """

    tasks: int = 0
    metres: int = 0
    driving_s: int = 0
    waiting_s: int = 0
    service_s: int = 0
    late_s: int = 0
    overtime_s: int = 0
    work_s: int = 0
    rest_s: int = 0
    priced_late_s: int = 0
    load: tuple[int, ...] = ()


class Step(Struct, frozen=True):
    """When a task of a route is reached, begun and left."""

    task: int
    arrive_s: int
    start_s: int
    leave_s: int


class Verdict(Struct, frozen=True):
    """The finding about one route or a whole plan."""

    violations: tuple[Violation, ...]
    totals: Totals
    persons: tuple[Totals, ...] = ()

    @property
    def feasible(self) -> bool:
        """Tell whether nothing is broken."""
        return not self.violations


def sum_of(totals: Sequence[Totals]) -> Totals:
    """Return the totals of several routes together; the load is the highest peak."""
    width = max((len(one.load) for one in totals), default=0)
    loads = [one.load + (0,) * (width - len(one.load)) for one in totals]
    return Totals(
        tasks=sum(one.tasks for one in totals),
        metres=sum(one.metres for one in totals),
        driving_s=sum(one.driving_s for one in totals),
        waiting_s=sum(one.waiting_s for one in totals),
        service_s=sum(one.service_s for one in totals),
        late_s=sum(one.late_s for one in totals),
        overtime_s=sum(one.overtime_s for one in totals),
        work_s=sum(one.work_s for one in totals),
        rest_s=sum(one.rest_s for one in totals),
        priced_late_s=sum(one.priced_late_s for one in totals),
        load=tuple(max(column) for column in zip(*loads, strict=True)),
    )
