"""RPC actions about plans: who does which jobs, in which order."""

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from roundsman.api.fields import a_day
from roundsman.api.shapes import Answer, Ask, Call, Int
from roundsman.core.errors import BadValue
from roundsman.core.ids import JobId
from roundsman.dispatch import actions
from roundsman.dispatch.actions import Wanted
from roundsman.dispatch.assign import Method
from roundsman.dispatch.cluster import Cluster, ClusterQuestion
from roundsman.dispatch.order import Constraints, Ordered, OrderQuestion
from roundsman.dispatch.share import Shared, ShareQuestion
from roundsman.dispatch.travel import GREAT_CIRCLE, Driven
from roundsman.http.limits import BATCH_LIMIT
from roundsman.jobs import actions as jobs
from roundsman.jobs.wire import all_on_wire
from roundsman.streets.model import ATTRIBUTION

REGIONS_LIMIT = 1000
CLUSTER_SIZE = 28
METHODS: Sequence[Method] = ("distance", "zones", "size")
WIRE_JOBS = {"items": {"$ref": "#/components/schemas/WireJob"}}

type JobList = Annotated[list[Any], Meta(extra_json_schema=WIRE_JOBS)]
type MethodName = Annotated[str, Meta(description="distance, zones or size.")]
type Reasons = Annotated[
    dict[str, str],
    Meta(
        description="Why a job was left out, by job id (extension): skill, capacity, time_window, "
        "working_hours, max_jobs, unreachable, no_location or no_worker_available."
    ),
]
type JobIds = Annotated[list[str], Meta(description="Job ids, at most 1000.")]


class RoadsUsed(Struct, frozen=True, kw_only=True):
    """Which roads a plan is made of (extension)."""

    source: Annotated[
        str,
        Meta(description="great_circle; osrm: and the imported region or remote; valhalla:remote."),
    ]
    note: Annotated[str, Meta(description="Why these roads and not streets; empty if wanted.")]
    far: Annotated[
        list[str],
        Meta(description="Jobs too far from every street: travel to them is by great circle."),
    ]
    attribution: Annotated[str, Meta(description="To show beside results made of map data.")]


# --- optimizeroute --------------------------------------------------------------------------------


class WireConstraints(Struct, frozen=True, kw_only=True):
    """What a solved order keeps; `skills` is accepted, members and jobs have none yet."""

    working_hours: bool | None = None
    time_window: bool | None = None
    skills: bool | None = None
    capacity: bool | None = None
    max_jobs: Annotated[Int | None, Meta(description="Most jobs of the day; 0 is no bound.")] = None


class OptimizeRoute(Ask, frozen=True, kw_only=True):
    """Body of optimizeroute."""

    day: Annotated[Int, Meta(description="Day such as 20260105.")]
    account: Annotated[str, Meta(description="The worker's user name or id.")]
    solve: Annotated[
        bool, Meta(description="Keep the constraints; what does not fit is unassigned.")
    ] = False
    index: Annotated[Int | None, Meta(description="First position to move, from 0.")] = None
    count: Annotated[Int | None, Meta(description="How many jobs to move from there.")] = None
    constraints: WireConstraints | None = None


class Route(Answer, frozen=True, kw_only=True):
    """Answer of optimizeroute: the jobs in the new order, and as they were, for undoing."""

    jobs: JobList
    original_order: JobList
    route_updated: bool
    reasons: Reasons
    roads: RoadsUsed


def ask_order(call: Call, ask: OptimizeRoute) -> OrderQuestion:
    """Return the question behind an optimizeroute."""
    day = a_day("day", ask.day)
    if day is None:
        problem = "day must be a day such as 20260105."
        raise BadValue(problem, field="day")
    if ask.index is not None and ask.index < 0:
        problem = "index must not be negative; 0 is the first job."
        raise BadValue(problem, field="index")
    if ask.count is not None and ask.count < 0:
        problem = "count must not be negative."
        raise BadValue(problem, field="count")
    return actions.ask_order(
        call.tx,
        call.actor,
        ask.account,
        day,
        solve=ask.solve,
        index=ask.index or 0,
        count=ask.count,
        constraints=constraints_of(ask.constraints or WireConstraints()),
    )


def constraints_of(sent: WireConstraints) -> Constraints:
    """Return what a plan keeps; BadValue for a bound that cannot be."""
    if sent.max_jobs is not None and sent.max_jobs < 0:
        problem = "constraints.max_jobs must not be negative."
        raise BadValue(problem, field="constraints.max_jobs")
    return Constraints(
        working_hours=sent.working_hours is not False,
        time_window=sent.time_window is not False,
        capacity=sent.capacity is not False,
        max_jobs=sent.max_jobs or None,
    )


def optimize_route(call: Call, _: OptimizeRoute) -> Route:
    """Put one worker's jobs of one day in the best order. Stored at once."""
    question: OrderQuestion
    answer: Ordered
    question, answer = call.prepared
    before = all_on_wire(call.tx, call.actor, list(question.jobs))
    after, moved = actions.write_order(call.tx, call.actor, question, answer)
    return Route(
        jobs=all_on_wire(call.tx, call.actor, after),
        original_order=before,
        route_updated=moved,
        reasons={job: reason.value for job, reason in answer.left_out.items()},
        roads=roads_on_wire(answer),
    )


# --- autoassign -----------------------------------------------------------------------------------


class AutoAssign(Ask, frozen=True, kw_only=True):
    """Body of autoassign."""

    jobs: JobIds
    workers: Annotated[list[str], Meta(description="User names or ids of workers.")]
    method: MethodName = "distance"
    pickup_capacity: Annotated[
        Int | None, Meta(description="Most items to pick up per worker and day; 0 is no bound.")
    ] = field(default=None, name="pickupCapacity")
    dropoff_capacity: Annotated[
        Int | None, Meta(description="Most items to drop off per worker and day; 0 is no bound.")
    ] = field(default=None, name="dropoffCapacity")
    day: Annotated[Int, Meta(description="Day of jobs that have none; 0 is today.")] = 0


class Assignment(Answer, frozen=True, kw_only=True):
    """Answer of autoassign."""

    assigned: list[str] = field(name="assignedJobs")
    unassigned: list[str] = field(name="unassignedJobs")
    jobs: JobList
    reasons: Reasons
    roads: RoadsUsed


def ask_share(call: Call, ask: AutoAssign) -> ShareQuestion:
    """Return the question behind an autoassign."""
    for name, given in (("jobs", ask.jobs), ("workers", ask.workers)):
        check_batch(name, given)
        if not given:
            problem = f"{name} must name at least one."
            raise BadValue(problem, field=name)
    for name, bound in (
        ("pickupCapacity", ask.pickup_capacity),
        ("dropoffCapacity", ask.dropoff_capacity),
    ):
        if bound is not None and bound < 0:
            problem = f"{name} must not be negative."
            raise BadValue(problem, field=name)
    wanted = Wanted(
        jobs=[JobId(job) for job in ask.jobs],
        workers=ask.workers,
        method=_method(ask.method),
        pickup_capacity=ask.pickup_capacity or None,
        dropoff_capacity=ask.dropoff_capacity or None,
        day=a_day("day", ask.day),
    )
    return actions.ask_share(call.tx, call.actor, wanted)


def auto_assign(call: Call, ask: AutoAssign) -> Assignment:
    """Share jobs out among workers. Stored at once."""
    question: ShareQuestion
    answer: Shared
    question, answer = call.prepared
    actions.write_share(call.tx, call.actor, question, answer)
    ids = [JobId(job) for job in dict.fromkeys(ask.jobs)]
    after = [jobs.get(call.tx, call.actor, job) for job in ids]
    return Assignment(
        assigned=[job for job in ids if job in answer.takers],
        unassigned=[job for job in ids if job not in answer.takers],
        jobs=all_on_wire(call.tx, call.actor, after),
        reasons={job: reason.value for job, reason in answer.left_out.items()},
        roads=roads_on_wire(answer),
    )


# --- distributejobs -------------------------------------------------------------------------------


class DistributeJobs(Ask, frozen=True, kw_only=True):
    """Body of distributejobs."""

    jobs: JobIds
    regions: Annotated[Int, Meta(description="Number of clusters wanted, 1 to 1000.")]
    max: Annotated[Int, Meta(description="Most jobs in one cluster.")] = CLUSTER_SIZE
    method: MethodName = "distance"


class WireCluster(Struct, frozen=True, kw_only=True):
    """One cluster; an empty one has its centre at the company."""

    id: int
    name: str
    center_lat: float
    center_lng: float
    jobs: list[str]


class Clusters(Answer, frozen=True, kw_only=True):
    """Answer of distributejobs."""

    clusters: list[WireCluster]


def ask_clusters(call: Call, ask: DistributeJobs) -> ClusterQuestion:
    """Return the question behind a distributejobs."""
    check_batch("jobs", ask.jobs)
    if not 1 <= ask.regions <= REGIONS_LIMIT:
        problem = f"regions must be from 1 to {REGIONS_LIMIT}, not {ask.regions}."
        raise BadValue(problem, field="regions")
    if ask.max < 1:
        problem = f"max must be at least 1, not {ask.max}."
        raise BadValue(problem, field="max")
    return actions.ask_clusters(
        call.tx,
        call.actor,
        [JobId(job) for job in ask.jobs],
        regions=ask.regions,
        most=ask.max,
        method=_method(ask.method),
    )


def distribute_jobs(call: Call, _: DistributeJobs) -> Clusters:
    """Split jobs into areas of the map. Nothing is changed."""
    question: ClusterQuestion
    clusters: list[Cluster]
    question, clusters = call.prepared
    return Clusters(
        clusters=[
            WireCluster(
                id=number,
                name=f"Cluster {number}",
                center_lat=cluster.center.lat,
                center_lng=cluster.center.lng,
                jobs=[question.jobs[member] for member in cluster.members],
            )
            for number, cluster in enumerate(clusters, start=1)
        ]
    )


# --- shared ---------------------------------------------------------------------------------------


def roads_on_wire(answer: Driven) -> RoadsUsed:
    """Return which roads an answer is made of."""
    used = answer.used
    return RoadsUsed(
        source=used.roads,
        note=used.note,
        far=list(used.far),
        attribution="" if used.roads == GREAT_CIRCLE else ATTRIBUTION,
    )


def _method(name: str) -> Method:
    for known in METHODS:
        if name.strip().lower() == known:
            return known
    problem = f"There is no method {name[:40]!r}. Use distance, zones or size."
    raise BadValue(problem, field="method")


def check_batch(name: str, given: Sequence[str]) -> None:
    """Refuse more ids than go into one request."""
    if len(given) > BATCH_LIMIT:
        problem = f"At most {BATCH_LIMIT} {name} go into one request; this one has {len(given)}."
        raise BadValue(problem, field=name)
