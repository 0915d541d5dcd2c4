"""Units to decide for: what a decision is given besides the policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class Trials(NamedTuple):
    """What experiments drew for some of the units of a batch.

    Attributes:
        option: (units,) 0 for ``nothing``, j + 1 for option j, -1 where a unit takes part in none.
        chances: (units, K + 1) the probability of every option that the experiment drew with.
    """

    option: NDArray[np.int64]
    chances: NDArray[np.float64]


@dataclass(frozen=True)
class Batch:
    """Units to decide for; one visitor is a batch of one.

    Attributes:
        unit_ids: the units.
        cluster_ids: the cluster of each; its fold hangs on it.
        unit: (people,) index of each person's unit.
        traits: the people's traits.
        is_open: (units, K) True where no rule closes the option.
        use: (units, K, limits) what an option uses.
        interest: (units, K) 0 to 100, how much the unit is known to care about what an option says, NaN where it is not
            known; None: nowhere known.
        trials: what experiments drew already; None: there are none.
        told: (units, K) what the answer to a question is worth beside its own effect, in the goal's worth; 0 for what is no
            question; None: there are none.
    """

    unit_ids: tuple[str, ...]
    cluster_ids: tuple[str, ...]
    unit: NDArray[np.int64]
    traits: pa.Table
    is_open: NDArray[np.bool_]
    use: NDArray[np.float64]
    interest: NDArray[np.float64] | None = None
    trials: Trials | None = None
    told: NDArray[np.float64] | None = None

    @property
    def tried(self) -> NDArray[np.bool_]:
        """(units,) True where a unit takes part in an experiment."""
        return np.zeros(len(self.unit_ids), dtype=bool) if self.trials is None else self.trials.option >= 0

    def only(self, place: int) -> Batch:
        """The batch of one unit."""
        people = np.flatnonzero(self.unit == place)
        return Batch(
            (self.unit_ids[place],),
            (self.cluster_ids[place],),
            np.zeros(len(people), dtype=np.int64),
            self.traits.take(pa.array(people)),
            self.is_open[[place]],
            self.use[[place]],
            None if self.interest is None else self.interest[[place]],
            None if self.trials is None else Trials(self.trials.option[[place]], self.trials.chances[[place]]),
            None if self.told is None else self.told[[place]],
        )
