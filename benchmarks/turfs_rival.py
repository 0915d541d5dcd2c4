"""OR-Tools' routing on single turfs, run by the Python of its own environment: ``turfs_rival.py FILE SECONDS``.

FILE holds (doors, 2) metres for each turf. A place that is at no distance from any lets the way begin and end where it likes.
The last line printed holds the length of each way, in metres. Nothing of groundswell is imported here.
"""

from __future__ import annotations

import json
import sys

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp, routing_enums_pb2  # type: ignore[import-not-found]

UNIT = 1_000  # millimetres


def main(file: str, seconds: float) -> None:
    """Solve every turf and say how long its way is."""
    turfs = np.load(file)
    print(json.dumps([shortest(turfs[name], seconds) for name in turfs.files]))


def shortest(places: NDArray[np.float64], seconds: float) -> float:
    """The length of the best open way found."""
    count = len(places)
    apart = np.zeros((count + 1, count + 1), dtype=np.int64)
    away = np.hypot(*(places[:, None, axis] - places[None, :, axis] for axis in (0, 1)))
    apart[:count, :count] = np.round(away * UNIT)
    manager = pywrapcp.RoutingIndexManager(count + 1, 1, count)
    routing = pywrapcp.RoutingModel(manager)
    rows = apart.tolist()
    told = routing.RegisterTransitCallback(
        lambda one, other: rows[manager.IndexToNode(one)][manager.IndexToNode(other)]
    )
    routing.SetArcCostEvaluatorOfAllVehicles(told)
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromMilliseconds(int(seconds * 1_000))
    found = routing.SolveWithParameters(asked)
    return float(found.ObjectiveValue()) / UNIT


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
