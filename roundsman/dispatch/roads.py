"""Travel of a plan over the roads of the installation."""

from collections.abc import Iterable, Sequence

from roundsman.core.geo import Point
from roundsman.dispatch.model import UNREACHABLE, Matrix, Travel, TravelMode
from roundsman.dispatch.travel import Used, Ways, together
from roundsman.gateways.roads import Roads
from roundsman.gateways.roads_model import GREAT_CIRCLE, NO_WAY, Table

# The tables go over as they are.
assert NO_WAY == UNREACHABLE  # noqa: S101 - two modules that may not know each other agree


def ways_over(roads: Roads) -> Ways:
    """Return the way plans get their travel: one table per mode and plan."""

    def ways(points: Sequence[Point], modes: Iterable[TravelMode]) -> Travel:
        tables: dict[TravelMode, Table] = {
            mode: roads.table(points, mode) for mode in sorted(set(modes))
        }
        told = together(Used(table.roads, table.note) for table in tables.values())
        far = {
            at
            for table in tables.values()
            if table.roads != GREAT_CIRCLE
            for at, snap in enumerate(table.snaps)
            if snap is None
        }
        matrices: dict[TravelMode, Matrix] = {
            mode: Matrix(table.seconds.tolist(), table.metres.tolist())
            for mode, table in tables.items()
        }
        return Travel(told.roads, matrices, told.note, frozenset(far))

    return ways
