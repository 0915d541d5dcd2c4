"""What came back: past treatments with their propensities, and the actions that followed decisions."""

from groundswell.listen.arrivals import ACTED, SHOWN, as_acted, as_shown, of_known_people, who_acted
from groundswell.listen.dates import refuse_late
from groundswell.listen.dispositions import CAME, DISPOSITIONS, reached_in, reached_then, read_dispositions, settle
from groundswell.listen.joining import Answered, join_outcomes, keyed
from groundswell.listen.own import own_sendings
from groundswell.listen.past import DECISIONS, OUTCOMES, Heard, decisions_table, hear
from groundswell.listen.settings import Action, ActionSpec, Past

__all__ = [
    "ACTED",
    "CAME",
    "DECISIONS",
    "DISPOSITIONS",
    "OUTCOMES",
    "SHOWN",
    "Action",
    "ActionSpec",
    "Answered",
    "Heard",
    "Past",
    "as_acted",
    "as_shown",
    "decisions_table",
    "hear",
    "join_outcomes",
    "keyed",
    "of_known_people",
    "own_sendings",
    "reached_in",
    "reached_then",
    "read_dispositions",
    "refuse_late",
    "settle",
    "who_acted",
]
