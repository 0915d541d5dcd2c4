"""What each option does to whom: effects learnt without looking at whom they are for, proven before they are used.

Arrays and tables only: this room knows no person and no clock.
"""

from groundswell.uplift.evidence import FOLDS, Evidence, fold_of
from groundswell.uplift.features import Design
from groundswell.uplift.guard import GuardSpec, Proof, prove
from groundswell.uplift.learner import Learnt, Models, learn
from groundswell.uplift.store import read_learnt, write_learnt
from groundswell.uplift.value import Curve, effective_units, policy_value, uplift_curve

__all__ = [
    "FOLDS",
    "Curve",
    "Design",
    "Evidence",
    "GuardSpec",
    "Learnt",
    "Models",
    "Proof",
    "effective_units",
    "fold_of",
    "learn",
    "policy_value",
    "prove",
    "read_learnt",
    "uplift_curve",
    "write_learnt",
]
