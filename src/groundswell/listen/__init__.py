"""What came back: past treatments with their propensities, and the actions that followed them."""

from groundswell.listen.dates import refuse_late
from groundswell.listen.past import DECISIONS, OUTCOMES, Heard, decisions_table, hear
from groundswell.listen.settings import Action, ActionSpec, Past

__all__ = ["DECISIONS", "OUTCOMES", "Action", "ActionSpec", "Heard", "Past", "decisions_table", "hear", "refuse_late"]
