"""Solve one instance of `vrptw.py` with a published solver; run by the Python that has it.

    python vrptw_peers.py pyvrp|vroom|ortools SECONDS < instance.json

Reads {"capacity", "fleet", "places": [[x, y, demand, opens, closes, service], ...], "legs"}
with the depot first and prints the total distance, null without a feasible solution. All times and
distances are whole tenths. One thread, the budget as wall time, which here is processor time.
"""

import json
import sys
from datetime import timedelta
from typing import Any


def pyvrp(instance: dict[str, Any], seconds: float) -> int | None:
    """Return the total distance of PyVRP's best solution."""
    from pyvrp import Model  # noqa: PLC0415 - each solver is a choice
    from pyvrp.stop import MaxRuntime  # noqa: PLC0415 - likewise

    model = Model()
    places = [model.add_location(x, y) for x, y, *_ in instance["places"]]
    head = instance["places"][0]
    depot = model.add_depot(places[0])
    for place, (_, _, demand, opens, closes, service) in zip(
        places[1:], instance["places"][1:], strict=True
    ):
        model.add_client(
            place, delivery=demand, service_duration=service, tw_early=opens, tw_late=closes
        )
    model.add_vehicle_type(
        num_available=instance["fleet"],
        capacity=instance["capacity"],
        start_depot=depot,
        end_depot=depot,
        tw_early=head[3],
        tw_late=head[4],
    )
    for i, a in enumerate(places):
        for j, b in enumerate(places):
            model.add_edge(a, b, instance["legs"][i][j], instance["legs"][i][j])
    result = model.solve(MaxRuntime(seconds), seed=1, display=False, collect_stats=False)
    return round(result.cost()) if result.is_feasible() else None


def vroom(instance: dict[str, Any], seconds: float) -> int | None:
    """Return the total distance of VROOM's solution."""
    import vroom as solver  # noqa: PLC0415 - each solver is a choice

    asked: Any = solver.Input()
    asked.set_durations_matrix(profile="car", matrix_input=instance["legs"])
    head = instance["places"][0]
    asked.add_vehicle(
        [
            solver.Vehicle(
                number,
                start=0,
                end=0,
                capacity=[instance["capacity"]],
                time_window=solver.TimeWindow(head[3], head[4]),
            )
            for number in range(1, instance["fleet"] + 1)
        ]
    )
    asked.add_job(
        [
            solver.Job(
                number,
                location=number,
                delivery=solver.Amount([demand]),
                default_service=service,
                time_windows=[solver.TimeWindow(opens, closes)],
            )
            for number, (_, _, demand, opens, closes, service) in enumerate(instance["places"])
            if number
        ]
    )
    found = asked.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=seconds))
    return None if found.summary.unassigned else int(found.summary.cost)


def ortools(instance: dict[str, Any], seconds: float) -> int | None:
    """Return the total distance of OR-Tools' guided local search."""
    from ortools.constraint_solver import (  # noqa: PLC0415 - each solver is a choice
        pywrapcp,
        routing_enums_pb2,
    )

    places, legs = instance["places"], instance["legs"]
    index = pywrapcp.RoutingIndexManager(len(places), instance["fleet"], 0)
    model = pywrapcp.RoutingModel(index)
    far = model.RegisterTransitMatrix(legs)
    held = [[leg + places[row][5] for leg in legs[row]] for row in range(len(places))]
    time = model.RegisterTransitMatrix(held)
    load = model.RegisterUnaryTransitVector([place[2] for place in places])
    model.SetArcCostEvaluatorOfAllVehicles(far)
    horizon = places[0][4]
    model.AddDimension(time, horizon, horizon, False, "time")  # noqa: FBT003 - its own signature
    model.AddDimension(load, 0, instance["capacity"], True, "load")  # noqa: FBT003 - likewise
    clock = model.GetDimensionOrDie("time")
    for number, place in enumerate(places[1:], start=1):
        clock.CumulVar(index.NodeToIndex(number)).SetRange(place[3], place[4])
    chosen = pywrapcp.DefaultRoutingSearchParameters()
    chosen.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    chosen.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    chosen.time_limit.FromMilliseconds(round(seconds * 1000))
    found = model.SolveWithParameters(chosen)
    return int(found.ObjectiveValue()) if found else None


def main() -> None:
    """Solve the instance on standard input."""
    solver = {"pyvrp": pyvrp, "vroom": vroom, "ortools": ortools}[sys.argv[1]]
    print(json.dumps(solver(json.load(sys.stdin), float(sys.argv[2]))))


if __name__ == "__main__":
    main()
