"""The company in memory: what its files show, and what only the company knows."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from groundswell.vocabulary import NOTHING, CampaignError, nearest
from groundswell.worlds.possible import refuse_impossible

SIZES = (500, 100_000)
TRUTHS = ("listening", "hidden", "none")
SITES = ("Harwick", "Lowfield", "Marston", "Northgate", "Redport")
TOPICS = ("safety", "time", "money", "learning")
MESSAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    # message: (what it is about, who says it in briefings)
    "near-miss": ("safety", ("peer", "manager", "top")),
    "lift-right": ("safety", ("peer", "manager")),
    "rota-app": ("time", ("peer", "manager")),
    "hand-over": ("time", ("peer", "manager")),
    "benefits": ("money", ("manager", "top")),
    "courses": ("learning", ("manager", "top")),
}
BY_EMAIL = ("rota-app", "benefits", "courses")
PULSE = ("pulse/briefing/peer", "pulse/email")
"""The four questions of the survey, for those who did not answer them: they move nobody."""
OPTIONS = (
    *(f"{message}/briefing/{who}" for message, (_, voices) in MESSAGES.items() for who in voices),
    *(f"{message}/email" for message in BY_EMAIL),
    *PULSE,
)
_REACH = 0.36  # what a message does to somebody who cares most, from a voice they listen to
_VOICES = {
    # who says it: (how much those without a desk listen, how much those with one do)
    "peer": (1.3, 0.6),
    "manager": (0.6, 1.1),
    "top": (0.2, 0.7),
}
_EMAIL = (0.1, 0.6)
_ANSWERING = {"pulse/briefing/peer": (0.6, 0.6), "pulse/email": (0.0, 0.35)}
_TIRING, _TOGETHER, _UNRECORDED = 0.7, 0.5, 0.02
_SPAN = (7, 16)
_JOBS = {
    # department: (share, jobs, without a desk)
    "assembly": (0.34, ("fitter", "line worker", "welder"), True),
    "warehouse": (0.22, ("picker", "forklift driver", "packer"), True),
    "care": (0.10, ("cleaner", "gatekeeper", "cook"), True),
    "office": (0.22, ("clerk", "buyer", "accountant"), False),
    "engineering": (0.12, ("designer", "planner", "technician"), False),
}
_SAID = {
    "safety": ("The pallets by gate four nearly fell on me again.", "Nobody reports it when a hook is worn."),
    "time": ("I never know my shifts before Friday.", "The hand-over at six is chaos."),
    "money": ("I do not understand the new pension plan.", "Which of the benefits should I take?"),
    "learning": ("I would like to learn the new press.", "When is the next course?"),
}


@dataclass(frozen=True, eq=False)
class Company:
    """A made-up company.

    Attributes:
        table: the payroll: a row for each of the n people.
        survey, remarks, mails: what else the company has, a row an answer, a remark, a person and month.
        person_ids: ids, in the order of the table.
        seed: what it was made from.
        truth: ``listening``; ``hidden``: nothing in the payroll tells what people care about, so that only they can; or
            ``none``: nothing has any effect.
    """

    table: pa.Table = field(repr=False)
    survey: pa.Table = field(repr=False)
    remarks: pa.Table = field(repr=False)
    mails: pa.Table = field(repr=False)
    person_ids: tuple[str, ...] = field(repr=False)
    interest: NDArray[np.float64] = field(repr=False)
    base: NDArray[np.float64] = field(repr=False)
    deskless: NDArray[np.bool_] = field(repr=False)
    team: NDArray[np.int64] = field(repr=False)
    seed: int
    truth: str

    def chances(
        self,
        options: Sequence[str],
        *,
        contacts: NDArray[Any] | None = None,
        messengers: Sequence[str | None] | None = None,  # noqa: ARG002 - who speaks is part of the option here
    ) -> NDArray[np.float64]:
        """The true probability that each person does what was asked within 28 days.

        Args:
            options: what each might hear now.
            contacts: (n,) how often each heard something in the last 60 days; effects wear off with it.
            messengers: no volunteers speak here.

        Returns:
            (n, 1 + len(options)): given nothing, then given each option.

        Raises:
            CampaignError: for an option there is not.

        >>> make_company(people=500).chances(["near-miss/briefing/peer"]).shape
        (500, 2)
        """
        fresh = np.ones(len(self.base)) if contacts is None else _TIRING ** np.asarray(contacts, dtype=np.float64)
        moved = [np.clip(self.base + fresh * self.effect(option), 0.01, 0.95) for option in options]
        return np.column_stack([self.base, *moved])

    def effect(self, option: str) -> NDArray[np.float64]:
        """(n,) what an option adds to everybody's chance, when they are fresh."""
        if option not in OPTIONS:
            near = nearest(option, OPTIONS)
            raise CampaignError(
                "The company knows no truth about this option.",
                found=option,
                expected=", ".join(OPTIONS),
                hint=f"Did you mean {near}?" if near else "Use one of those.",
            )
        message, *how = option.split("/")
        if self.truth == "none" or option in PULSE:
            return np.zeros(len(self.base))
        without, with_desk = _VOICES[how[1]] if len(how) > 1 else _EMAIL
        cares = self.interest[:, TOPICS.index(MESSAGES[message][0])]
        return np.asarray(_REACH * np.where(self.deskless, without, with_desk) * (cares - 0.30))

    def respond(
        self,
        options: Sequence[str],
        *,
        person_ids: Sequence[str],
        keys: Sequence[str],
        on: date,
        round_number: int,
        contacts: NDArray[Any] | None = None,
        messengers: Sequence[str | None] | None = None,  # noqa: ARG002 - who speaks is part of the option here
    ) -> pa.Table:
        """What comes back: key, person, action (``adopt``), result, at.

        Luck hangs on the seed, the round and the person alone; a team shares half of it.

        Args:
            options: what each heard, ``nothing`` included.
            person_ids: who they are; all arguments that follow are in this order, too.
            keys: the keys of the decisions.
            on: the day.
            round_number: another round, another luck.
            contacts: how often each had heard something in the 60 days before.
            messengers: no volunteers speak here.
        """
        place = {person: at for at, person in enumerate(self.person_ids)}
        rows = np.array([place[person] for person in person_ids], dtype=np.int64)
        fresh = np.ones(len(rows)) if contacts is None else _TIRING ** np.asarray(contacts, dtype=np.float64)
        chance = self.base[rows].copy()
        given = np.asarray(options, dtype=np.str_)
        for option in np.unique(given[given != NOTHING]).tolist():
            mine = given == option
            moved = self.base[rows[mine]] + fresh[mine] * self.effect(option)[rows[mine]]
            chance[mine] = np.clip(moved, 0.01, 0.95)
        luck, written = self._luck(round_number)
        acted = np.where(luck[rows] < chance, "yes", "no")
        day = np.datetime64(on) + (luck[rows] * 1_000 % 21).astype(np.int64)
        return pa.table(
            {
                "key": pa.array(keys, pa.string()),
                "person": pa.array(person_ids, pa.string()),
                "action": pa.repeat(pa.scalar("adopt"), len(rows)),
                "result": pa.array(np.where(written[rows] < _UNRECORDED, "", acted)),
                "at": pa.array(day),
            }
        )

    def answers(self, options: Sequence[str], *, person_ids: Sequence[str], round_number: int) -> pa.Table:
        """What those say who were asked and answer: ``id`` and the answers of the survey, 1 to 5.

        Args:
            options: what each heard.
            person_ids: who they are, in the same order.
            round_number: who answers is another luck in each; what they say is not.
        """
        place = {person: at for at, person in enumerate(self.person_ids)}
        rows = np.array([place[person] for person in person_ids], dtype=np.int64)
        given, lot = np.asarray(options, dtype=np.str_), np.random.default_rng([self.seed, 11, round_number])
        chance, luck = np.zeros(len(rows)), lot.random(len(self.base))[rows]
        for option, (without, with_desk) in _ANSWERING.items():
            chance = np.where(given == option, np.where(self.deskless[rows], without, with_desk), chance)
        mine = rows[luck < chance]
        said = _said(np.random.default_rng([self.seed, 13]), self.interest)[mine]
        columns = {f"q_{topic}": said[:, at].tolist() for at, topic in enumerate(TOPICS)}
        return pa.table({"id": pa.array([self.person_ids[one] for one in mine.tolist()], pa.string()), **columns})

    def _luck(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from scipy.special import ndtr  # noqa: PLC0415 - a tenth of a second that most commands need not wait for

        draw = np.random.default_rng([self.seed, 7, number])
        shared = draw.standard_normal(int(self.team.max()) + 1)[self.team]
        own = draw.standard_normal(len(self.base))
        luck = ndtr(np.sqrt(_TOGETHER) * shared + np.sqrt(1 - _TOGETHER) * own)
        return luck, draw.random(len(self.base))


def make_company(*, people: int = 5_000, seed: int = 0, truth: str = "listening") -> Company:
    """Make the company.

    Args:
        people: how many work there, 500 to 100,000.
        seed: another seed, another company.
        truth: ``listening``, ``hidden`` or ``none``.

    Raises:
        SettingsError: for a size or a truth there is not.

    >>> company = make_company(people=500, truth="none")
    >>> bool((company.effect("benefits/email") == 0).all())
    True
    """
    refuse_impossible("company", people=people, sizes=SIZES, seed=seed, truth=truth, truths=TRUTHS)
    draw = np.random.default_rng([seed, people])
    manager, level = _chart(draw, people)
    team = np.maximum(manager, 0)
    site = _handed_down(draw.integers(0, len(SITES), people), manager, level, at=1)
    shares = np.array([share for share, _, _ in _JOBS.values()])
    department = _handed_down(draw.choice(len(_JOBS), people, p=shares), manager, level, at=2)
    deskless = np.array([without for _, _, without in _JOBS.values()])[department] & (level > 3)
    age = np.clip(np.rint(draw.normal(42, 12, people)), 18, 66).astype(np.int64)
    tenure = np.minimum(draw.gamma(1.5, 5.0, people), age - 18).astype(np.int64)
    shift = np.where(deskless, draw.choice(["early", "late", "night"], people, p=[0.45, 0.35, 0.2]), "day")
    interest = _interests(draw, deskless, age, shift == "night", department)
    if truth == "hidden":
        interest = np.random.default_rng([seed, people, 17]).beta(1.0, 1.2, interest.shape)
    base = np.clip(0.08 + 0.04 * (tenure > 8) + 0.05 * draw.beta(2, 4, people), 0.02, 0.4)
    ids = tuple(f"e{number:05d}" for number in range(1, people + 1))
    table = pa.table(
        {
            "id": ids,
            "name": _names(draw, people),
            "manager_id": [ids[one] if one >= 0 else None for one in manager.tolist()],
            "site": [SITES[one] for one in site.tolist()],
            "department": [list(_JOBS)[one] for one in department.tolist()],
            "job": _jobs(draw, department, level),
            "shift": shift.tolist(),
            "desk": np.where(deskless, "no", "yes").tolist(),
            "born": (2026 - age).tolist(),
            "joined": [(date(2026, 1, 1) - timedelta(days=int(365 * years))).isoformat() for years in tenure.tolist()],
            "pay_grade": np.clip(10 - 2 * np.minimum(level, 4) + draw.integers(0, 3, people), 1, 12).tolist(),
            "email": [
                None if without else f"{one}@acme.example" for one, without in zip(ids, deskless.tolist(), strict=True)
            ],
        }
    )
    return Company(
        table,
        _survey(draw, ids, interest),
        _remarks(draw, ids, interest),
        _mails(draw, ids, deskless, level),
        ids,
        interest,
        base,
        deskless,
        team,
        seed,
        truth,
    )


def _chart(draw: np.random.Generator, people: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) each one's manager (-1: the top), and how many levels below the top: level by level, the widest last."""
    manager, level = np.full(people, -1, dtype=np.int64), np.zeros(people, dtype=np.int64)
    place, above = 1, [0]
    widths = ((len(SITES), len(SITES) + 1), (5, 10), _SPAN, _SPAN)
    for depth, (fewest, most) in enumerate(widths, start=1):
        below: list[int] = []
        for boss in above:
            count = int(draw.integers(fewest, most))
            last = depth == len(widths)
            count = min(count, people - place)
            mine = list(range(place, place + count))
            manager[mine], level[mine] = boss, depth
            below += mine
            place += count
            if place == people and not last:
                return manager, level
        above = below
    # Whoever is left joins a team that there is, one after the other.
    bosses = np.unique(manager[level == len(widths)])
    rest = np.arange(place, people)
    manager[rest], level[rest] = bosses[np.arange(len(rest)) % len(bosses)], len(widths)
    return manager, level


def _handed_down(
    own: NDArray[np.int64], manager: NDArray[np.int64], level: NDArray[np.int64], *, at: int
) -> NDArray[np.int64]:
    """What somebody at a level has, and all below them with them: a site, a department."""
    found = own.copy()
    if at == 1:  # each head of a site has another
        heads = np.flatnonzero(level == 1)
        found[heads] = np.arange(len(heads))
    for depth in range(at + 1, int(level.max()) + 1):
        mine = np.flatnonzero(level == depth)
        found[mine] = found[manager[mine]]
    return found


def _interests(
    draw: np.random.Generator,
    deskless: NDArray[np.bool_],
    age: NDArray[np.int64],
    night: NDArray[np.bool_],
    department: NDArray[np.int64],
) -> NDArray[np.float64]:
    """(n, topics) how much each truly cares, 0 to 1."""
    young, old = np.clip((36 - age) / 18, 0, 1), np.clip((age - 44) / 18, 0, 1)
    lifts = np.isin(department, [0, 1])
    means = np.column_stack(
        [
            0.15 + 0.45 * deskless + 0.25 * lifts,
            0.25 + 0.30 * deskless + 0.30 * night,
            0.25 + 0.50 * old,
            0.20 + 0.45 * young + 0.15 * ~deskless,
        ]
    )
    return np.asarray(np.clip(means + draw.normal(0, 0.18, means.shape), 0, 1))


def _names(draw: np.random.Generator, people: int) -> list[str]:
    said = tomllib.loads((files("groundswell.worlds.town") / "names.toml").read_text("utf-8"))
    first = [name for language in ("en", "es") for who in ("women", "men") for name in said[language][who]]
    last = [name for language in ("en", "es") for name in said[language]["last"]]
    return [
        f"{first[one]} {last[other]}" for one, other in draw.integers(0, (len(first), len(last)), (people, 2)).tolist()
    ]


def _jobs(draw: np.random.Generator, department: NDArray[np.int64], level: NDArray[np.int64]) -> list[str]:
    led = {0: "chief executive", 1: "head of site", 2: "head of department", 3: "team lead"}
    jobs = [jobs for _, jobs, _ in _JOBS.values()]
    chance = draw.integers(0, 3, len(level)).tolist()
    return [
        led.get(depth, jobs[part][one])
        for depth, part, one in zip(level.tolist(), department.tolist(), chance, strict=True)
    ]


def _survey(draw: np.random.Generator, ids: Sequence[str], interest: NDArray[np.float64]) -> pa.Table:
    """One in four answered: how much they care about each topic, 1 to 5."""
    answered = np.flatnonzero(draw.random(len(ids)) < 0.25)
    answers = _said(draw, interest[answered])
    columns = {f"q_{topic}": answers[:, place].tolist() for place, topic in enumerate(TOPICS)}
    return pa.table({"id": [ids[one] for one in answered.tolist()], **columns})


def _said(draw: np.random.Generator, interest: NDArray[np.float64]) -> NDArray[np.int64]:
    """(people, topics) how much each says to care, 1 to 5."""
    return np.asarray(np.clip(np.rint(1 + 4 * interest + draw.normal(0, 0.5, interest.shape)), 1, 5), dtype=np.int64)


def _remarks(draw: np.random.Generator, ids: Sequence[str], interest: NDArray[np.float64]) -> pa.Table:
    """What people said in the last year: whoever cares about something says so more often."""
    rows: list[tuple[str, str, str]] = []
    chance = draw.random(interest.shape)
    when = draw.integers(0, 330, interest.shape)
    which = draw.integers(0, 2, interest.shape)
    for person, topic in np.argwhere(chance < 0.12 * interest**2).tolist():
        day = date(2025, 12, 1) + timedelta(days=int(when[person, topic]))
        rows.append((ids[person], day.isoformat(), _SAID[TOPICS[topic]][int(which[person, topic])]))
    rows.sort(key=lambda row: (row[1], row[0]))
    return pa.table(dict(zip(("id", "when", "said"), map(list, zip(*rows, strict=True)), strict=True)))


def _mails(
    draw: np.random.Generator, ids: Sequence[str], deskless: NDArray[np.bool_], level: NDArray[np.int64]
) -> pa.Table:
    """E-mails a week: hardly any of those without a desk."""
    sent = draw.poisson(np.where(deskless, 0.2, 14 + 10 * (level < 4)))
    return pa.table({"id": list(ids), "emails_a_week": sent.tolist()})
