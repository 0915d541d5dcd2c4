"""Which options are open and why the others are not, what each unit gets, and what the policy would have been worth."""

from groundswell.policy.asking import Question, Ranked, questions_of, rank_questions, worth_of_answers
from groundswell.policy.batch import Batch, Trials
from groundswell.policy.beside import Beside, RoundBeside, contacts_beside
from groundswell.policy.decide import REASONS, Choices, Scores, decide, score
from groundswell.policy.file import Policy, draft_policy, read_policy, write_policy
from groundswell.policy.options import RULES, Openness, earlier_contacts, open_options, read_options
from groundswell.policy.pacing import Hindsight, Pace, Pacer
from groundswell.policy.pilot import Pilot, Power
from groundswell.policy.plan import Plan, plan_round
from groundswell.policy.pricing import STEP, Offer, margin, value_curve
from groundswell.policy.questions import (
    Asking,
    Came,
    answers_table,
    count_answers,
    read_answers,
    share_answering,
    times_in_vain,
)
from groundswell.policy.reach import closed_by_rule, endpoints
from groundswell.policy.replay import Arm, Replay, brought, replay
from groundswell.policy.settings import LearningSpec, Limit, LimitSpec
from groundswell.policy.trials import DRAWN_BY, TRIALS, Entered, Trial, as_trials, draw_trials
from groundswell.policy.yardstick import true_gains

__all__ = [
    "DRAWN_BY",
    "REASONS",
    "RULES",
    "STEP",
    "TRIALS",
    "Arm",
    "Asking",
    "Batch",
    "Beside",
    "Came",
    "Choices",
    "Entered",
    "Hindsight",
    "LearningSpec",
    "Limit",
    "LimitSpec",
    "Offer",
    "Openness",
    "Pace",
    "Pacer",
    "Pilot",
    "Plan",
    "Policy",
    "Power",
    "Question",
    "Ranked",
    "Replay",
    "RoundBeside",
    "Scores",
    "Trial",
    "Trials",
    "answers_table",
    "as_trials",
    "brought",
    "closed_by_rule",
    "contacts_beside",
    "count_answers",
    "decide",
    "draft_policy",
    "draw_trials",
    "earlier_contacts",
    "endpoints",
    "margin",
    "open_options",
    "plan_round",
    "questions_of",
    "rank_questions",
    "read_answers",
    "read_options",
    "read_policy",
    "replay",
    "score",
    "share_answering",
    "times_in_vain",
    "true_gains",
    "value_curve",
    "worth_of_answers",
    "write_policy",
]
