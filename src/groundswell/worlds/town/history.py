"""How often people were contacted of late: in the town, effects wear off with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from groundswell.vocabulary import NOTHING

WINDOW = 60
"""Days for which the town remembers a contact."""


def contacts_before(decisions: Sequence[pa.Table], person_ids: Sequence[str], today: date) -> NDArray[np.int64]:
    """How often each person was contacted in the 60 days before a day.

    Args:
        decisions: tables with ``unit`` (a person), ``option`` and ``on``.
        person_ids: whom the answer is about.
        today: the day; what happened on it does not count.

    >>> made = pa.table({"unit": ["a", "b"], "option": ["rents/email", "nothing"], "on": [date(2026, 11, 1)] * 2})
    >>> contacts_before([made], ["b", "a"], date(2026, 11, 29)).tolist()
    [0, 1]
    """
    found = np.zeros(len(person_ids), dtype=np.int64)
    since, until = pa.scalar(today - timedelta(days=WINDOW), pa.date32()), pa.scalar(today, pa.date32())
    for table in decisions:
        recent = pc.and_(pc.greater_equal(table["on"], since), pc.less(table["on"], until))
        units = table.filter(pc.and_(recent, pc.not_equal(table["option"], NOTHING)))["unit"]
        found += np.asarray(pc.is_in(pa.array(person_ids), value_set=units.combine_chunks())).astype(np.int64)
    return found
