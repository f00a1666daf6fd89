"""One member's fold: what it knows at the start, what it loads, and what it has come to so far."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from roundsman.accounts import queries as accounts
from roundsman.core.ids import CompanyId, MemberId
from roundsman.places import queries as places
from roundsman.places.areas import COARSE, Area, cell_of, cells_along, index_of
from roundsman.storage.database import Tx
from roundsman.tracking import memory, parameters, pipeline
from roundsman.tracking.memory import Seen, State
from roundsman.tracking.model import Fix, Outcome
from roundsman.tracking.parameters import Parameters
from roundsman.tracking.queries import fixes, folds
from roundsman.tracking.queries.folds import CLEAN, Mark

# Fixes loaded and folded at once, and how many lie between two snapshots.
SLICE = 5000
SNAPSHOT_EVERY = 200


class Work(Struct, frozen=True):
    """What a fold of a member needs to know."""

    mark: Mark
    start: State
    rules: Parameters
    is_long: bool = False


class Folded(Struct):
    """What a fold has come to so far; grows slice by slice."""

    state: State
    areas: dict[tuple[str, str, int], Area]
    outcomes: list[Outcome]
    snapshots: list[tuple[int, bytes]]


def begin(tx: Tx, mark: Mark) -> Work:
    """Return what a fold of this member starts from."""
    return Work(mark, _state_before(tx, mark), _rules_of(tx, mark.company, mark.member))


def _state_before(tx: Tx, mark: Mark) -> State:
    """Return the newest state that has not seen what changed."""
    before_ms = mark.from_ms
    if mark.head and (before_ms == CLEAN or mark.head_ms < before_ms):
        head = memory.from_bytes(mark.head)
        if head is not None:
            return head
    if before_ms == CLEAN:
        before_ms = mark.head_ms + 1
    kept = folds.state_before(tx, mark.company, mark.member, before_ms)
    return (memory.from_bytes(kept) if kept else None) or State()


def _rules_of(tx: Tx, company: CompanyId, member: MemberId) -> Parameters:
    profile = accounts.get_company(tx, company)
    person = accounts.find_member(tx, company, member)
    policy = profile.policy
    return parameters.for_member(
        on_foot=person is not None and person.travel_mode == "pedestrian",
        zone=(person.timezone if person else "") or profile.timezone,
        checkin_delay_s=policy.checkin_delay_s,
        checkout_delay_s=policy.checkout_delay_s,
    )


def nothing_yet(work: Work) -> Folded:
    """Return what a fold has come to before its first fix."""
    return Folded(work.start, {}, [], [])


def load(tx: Tx, work: Work, folded: Folded, most: int = SLICE) -> tuple[list[Fix], list[Area]]:
    """Return the next fixes to fold and the areas that matter to them."""
    mark, state = work.mark, folded.state
    new = fixes.after(tx, mark.company, mark.member, state.last_ms, most)
    cells = _cells_along(state.passed or state.held or state.bucket, [*waiting(state), *new])
    since_ms = state.passed.ts_ms if state.passed else 0
    around = places.areas_in_cells(tx, mark.company, mark.member, cells, since_ms)
    running = [*state.presences, *state.gone]
    return new, around + places.areas_named(tx, mark.company, mark.member, running)


def _cells_along(start: Seen | None, way: Sequence[Fix | Seen]) -> set[int]:
    """Return the cells of the coarse grid that a way touches; most steps stay in one cell."""
    cells: set[int] = set()
    before, cell_before = (start.lat_e7, start.lng_e7) if start else None, -1
    for fix in way:
        here = fix.lat_e7, fix.lng_e7
        cell = cell_of(*here, COARSE)
        if cell != cell_before:
            cells.update(cells_along(before or here, here, COARSE))
        before, cell_before = here, cell
    return cells


def waiting(state: State) -> list[Seen]:
    """Return the fixes whose fate is not decided yet."""
    each = [state.passed, state.held, *state.suspects, state.bucket]
    return [fix for fix in each if fix is not None]


def fold_slice(work: Work, folded: Folded, new: list[Fix], areas: Iterable[Area]) -> bool:
    """Fold the next fixes into `folded`; True when there may be more. Pure, but for `folded`."""
    for area in areas:
        folded.areas[area.id, area.member, area.from_ms] = area
    index = index_of(folded.areas.values())
    first = 0
    while first < len(new):
        room = SNAPSHOT_EVERY - folded.state.folded % SNAPSHOT_EVERY
        step = pipeline.advance(folded.state, new[first : first + room], work.rules, index)
        folded.state = step.state
        folded.outcomes += step.outcomes
        first += room
        if folded.state.folded % SNAPSHOT_EVERY == 0:
            folded.snapshots.append((folded.state.last_ms, memory.to_bytes(folded.state)))
    return len(new) >= SLICE
