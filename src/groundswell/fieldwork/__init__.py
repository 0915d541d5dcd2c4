"""Who speaks to whom: volunteers for the calls and visits of a round."""

from groundswell.fieldwork.calling import SPOKEN
from groundswell.fieldwork.doors import TURFS, turfs_of
from groundswell.fieldwork.everybody import all_through, with_endless_hours
from groundswell.fieldwork.fit import Fit
from groundswell.fieldwork.handing import (
    Crew,
    Entry,
    HandList,
    Move,
    after,
    crew_of,
    gather_lists,
    refuse_move,
    turf_places,
)
from groundswell.fieldwork.maps import draw_turf, walk_words
from groundswell.fieldwork.planning import Planned, assign, plan_calls
from groundswell.fieldwork.volunteers import VOLUNTEERS, read_friends, read_volunteers, teams_of

__all__ = [
    "SPOKEN",
    "TURFS",
    "VOLUNTEERS",
    "Crew",
    "Entry",
    "Fit",
    "HandList",
    "Move",
    "Planned",
    "after",
    "all_through",
    "assign",
    "crew_of",
    "draw_turf",
    "gather_lists",
    "plan_calls",
    "read_friends",
    "read_volunteers",
    "refuse_move",
    "teams_of",
    "turf_places",
    "turfs_of",
    "walk_words",
    "with_endless_hours",
]
