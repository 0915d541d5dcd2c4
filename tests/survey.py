"""A small campaign that called some of its people: what they would vote depends on their age and town, as is known here."""

from __future__ import annotations

import math
from random import Random

from tiny import people

LEVY = """town = { sql = "town", type = "category" }

[scores.levy]
say = "would vote for the levy"
answer = "q1 = 'for'"
rake = ["town"]
areas = ["town"]

[scores.luck]
say = "is lucky"
answer = "luck = 'yes'"

[channels]"""
LEAN = {"Ash": 1.0, "Elm": -1.0}


def chance(row):
    return 1 / (1 + math.exp(-(0.04 * (1960 - int(row["yob"])) + LEAN.get(row["town"], 0.0))))


def asked_people(count=3_000, share=0.3, seed=5):
    lot = Random(seed)
    rows = people(count)
    for row in rows:
        row |= {
            "yob": str(1930 + lot.randrange(60)),
            "town": lot.choice(["Ash", "Birch", "Cedar", "Elm"]),
            "q1": "",
            "luck": "",
        }
        if lot.random() < share:
            row |= {"q1": "for" if lot.random() < chance(row) else "against", "luck": lot.choice(["yes", "no"])}
    return rows
