"""What each option does to whom: effects learnt without looking at whom they are for, proven before they are used.

Arrays and tables only: this room knows no person and no clock.
"""

from groundswell.uplift.curves import CostCurve, Curve, Ranked, cost_curve, qini, uplift_curve
from groundswell.uplift.evidence import FOLDS, About, Evidence, fold_of
from groundswell.uplift.features import Design
from groundswell.uplift.freshness import Freshness, contact_levels, contacts_in
from groundswell.uplift.groups import Halves, Judged, halved, judge_groups, most_moved
from groundswell.uplift.guard import GuardSpec, Proof, prove, prove_harm
from groundswell.uplift.learner import Learnt, learn
from groundswell.uplift.lessons import Lesson, expect, fit_to_share, hints_of, lessons_as_json, lessons_from_json, merge
from groundswell.uplift.model import Effects, UpliftModel
from groundswell.uplift.models import Models
from groundswell.uplift.store import read_learnt, write_learnt
from groundswell.uplift.value import EvidenceWarning, effective_units, policy_value, value_by_unit

__all__ = [
    "FOLDS",
    "About",
    "CostCurve",
    "Curve",
    "Design",
    "Effects",
    "Evidence",
    "EvidenceWarning",
    "Freshness",
    "GuardSpec",
    "Halves",
    "Judged",
    "Learnt",
    "Lesson",
    "Models",
    "Proof",
    "Ranked",
    "UpliftModel",
    "contact_levels",
    "contacts_in",
    "cost_curve",
    "effective_units",
    "expect",
    "fit_to_share",
    "fold_of",
    "halved",
    "hints_of",
    "judge_groups",
    "learn",
    "lessons_as_json",
    "lessons_from_json",
    "merge",
    "most_moved",
    "policy_value",
    "prove",
    "prove_harm",
    "qini",
    "read_learnt",
    "uplift_curve",
    "value_by_unit",
    "write_learnt",
]
