"""Which options are open and why the others are not, what each unit gets, and what the policy would have been worth."""

from groundswell.policy.batch import Batch
from groundswell.policy.decide import REASONS, Choices, Scores, decide, score
from groundswell.policy.file import Policy, draft_policy, read_policy, write_policy
from groundswell.policy.options import RULES, Openness, earlier_contacts, open_options, read_options
from groundswell.policy.pilot import Pilot, Power
from groundswell.policy.plan import Plan, plan_round
from groundswell.policy.reach import closed_by_rule, endpoints
from groundswell.policy.replay import Arm, Replay, brought, replay
from groundswell.policy.settings import LearningSpec, Limit, LimitSpec
from groundswell.policy.yardstick import true_gains

__all__ = [
    "REASONS",
    "RULES",
    "Arm",
    "Batch",
    "Choices",
    "LearningSpec",
    "Limit",
    "LimitSpec",
    "Openness",
    "Pilot",
    "Plan",
    "Policy",
    "Power",
    "Replay",
    "Scores",
    "brought",
    "closed_by_rule",
    "decide",
    "draft_policy",
    "earlier_contacts",
    "endpoints",
    "open_options",
    "plan_round",
    "read_options",
    "read_policy",
    "replay",
    "score",
    "true_gains",
    "write_policy",
]
