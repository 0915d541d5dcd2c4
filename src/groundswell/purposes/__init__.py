"""Purposes as data: which rules hold for voters, workforce and customers, place by place, each with its source.

The rules stand in ``data/*.toml``, where a lawyer can read them; the code here only looks up and compares. It knows no
person, no clock and no network: whoever asks brings the time on the person's own clock.

>>> from datetime import datetime
>>> from groundswell.purposes import purpose_for
>>> spain = purpose_for("customers", "ES-MD")
>>> spain.open_at("phone", datetime(2026, 11, 21, 11))  # a Saturday
False
>>> spain.next_opening("phone", datetime(2026, 11, 21, 11)).isoformat()
'2026-11-23T09:00:00'
>>> spain.consent_rule("email").id
'customers/eu-consent'
"""

from groundswell.purposes.finding import known_rules, purpose_for, rules_for
from groundswell.purposes.hours import Hours, Window
from groundswell.purposes.purpose import Purpose, Refusal
from groundswell.purposes.rules import PURPOSES, SENSITIVITIES, USES, Override, PurposeName, Rule, Sensitivity, Use

__all__ = [
    "PURPOSES",
    "SENSITIVITIES",
    "USES",
    "Hours",
    "Override",
    "Purpose",
    "PurposeName",
    "Refusal",
    "Rule",
    "Sensitivity",
    "Use",
    "Window",
    "known_rules",
    "purpose_for",
    "rules_for",
]
