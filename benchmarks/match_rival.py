"""OR-Tools' minimum-cost flow as a matching, run by the Python of its own environment: ``match_rival.py FILE``.

FILE holds ``edges`` (n, 2), ``weights`` and ``capacity``. One arc from each person to the end lets them go without. The last
line printed says what solving took. Nothing of groundswell is imported here.
"""

from __future__ import annotations

import json
import resource
import sys

import numpy as np
from ortools.graph.python import min_cost_flow  # type: ignore[import-not-found]

UNIT = 1_000_000


def main(file: str) -> None:
    """Solve and say what it is worth."""
    asked = np.load(file)
    edges, weights, capacity = asked["edges"], asked["weights"], asked["capacity"]
    people, messengers = int(edges[:, 0].max()) + 1, len(capacity)
    unit = UNIT / weights.max()
    cost = np.round(-weights * unit).astype(np.int64)
    end = people + messengers
    tails = np.concatenate([edges[:, 0], people + np.arange(messengers), np.arange(people)])
    heads = np.concatenate([people + edges[:, 1], np.full(messengers, end), np.full(people, end)])
    room = np.concatenate([np.ones(len(edges), dtype=np.int64), capacity, np.ones(people, dtype=np.int64)])
    costs = np.concatenate([cost, np.zeros(messengers + people, dtype=np.int64)])
    before = resource.getrusage(resource.RUSAGE_SELF)
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(tails, heads, room, costs)
    flow.set_nodes_supplies(np.append(np.arange(people), end), np.append(np.ones(people, dtype=np.int64), -people))
    status = flow.solve()
    after = resource.getrusage(resource.RUSAGE_SELF)
    if status != flow.OPTIMAL:
        raise RuntimeError(f"status {status}")
    chosen = flow.flows(arcs[: len(edges)]) > 0
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"matched": int(chosen.sum()), "value": float(weights[chosen].sum()), "cpu": cpu}))


if __name__ == "__main__":
    main(sys.argv[1])
