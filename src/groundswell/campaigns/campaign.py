"""A campaign and its rounds, as Python sees them; every command is one call into this file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from groundswell.campaigns.asking import home, tell_why, why
from groundswell.campaigns.asking_whom import ask
from groundswell.campaigns.backup import Backup, backup
from groundswell.campaigns.checking import problems
from groundswell.campaigns.contacting import contacts_of
from groundswell.campaigns.discovering import adopt, discover_segments
from groundswell.campaigns.experimenting import (
    close_experiment,
    experiment_of,
    experiments_of,
    page_of,
    plan_experiment,
)
from groundswell.campaigns.exporting import Exported, export
from groundswell.campaigns.folder import Shelf, alone, forget_card, open_round, read_card, round_path, rounds_of
from groundswell.campaigns.forgetting import Forgotten, finish_forgetting, forget
from groundswell.campaigns.importing import KINDS, Imported, Kind, bring_in, imports_of, undo
from groundswell.campaigns.inputs import people_today, up_to_date
from groundswell.campaigns.lessons import Lessons, export_lessons, import_lessons, lessons_of
from groundswell.campaigns.linked import note_answer, take_back_answer
from groundswell.campaigns.linking import (
    Linked,
    count_waiting,
    draw_weights,
    link_campaign,
    questions_of,
    unlink_campaign,
)
from groundswell.campaigns.listing import hand_out, lists_of
from groundswell.campaigns.played import Round, last_round, round_key, settings_of
from groundswell.campaigns.profiling import profile_of
from groundswell.campaigns.purposes import reminders
from groundswell.campaigns.repricing import reprice
from groundswell.campaigns.rounds import Watch, play
from groundswell.campaigns.scoring import scores_of
from groundswell.campaigns.segmenting import segments_of
from groundswell.campaigns.settings import FILE, Settings, load_settings
from groundswell.campaigns.simulating import APART, answer, answers_to, today_of, truth_of, watching, world_of
from groundswell.campaigns.standing import ANY
from groundswell.campaigns.whatif import absolute_sets, questions
from groundswell.campaigns.wishes import Noted, count_people, lift, put_lists_right, say, suppress
from groundswell.fieldwork import SPOKEN, Move
from groundswell.sources import Data, as_file, query_to_file
from groundswell.tables import empty, read, read_json
from groundswell.tables.files import storage_error
from groundswell.trust import Why
from groundswell.trust.asking import ask_lines
from groundswell.trust.census import census_lines, home_lines
from groundswell.trust.contacts import contact_lines
from groundswell.trust.discovered import discovered_lines
from groundswell.trust.listing import list_lines
from groundswell.trust.profile import Profile
from groundswell.trust.repricing import what_if_lines
from groundswell.trust.rounds import import_lines, round_lines
from groundswell.trust.scoring import score_lines
from groundswell.trust.wishes import imports_lines, noted_lines, undone_lines
from groundswell.vocabulary import CampaignError, GroundswellError, SettingsError, nearest, words

Tell = Callable[[str], None]


def _silent(_: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Campaign:
    """A campaign's folder.

    Attributes:
        folder: where its ``campaign.toml`` is.
        sets: what-ifs that hold for this object, such as ``limits.budget.at_most=+10%``.
    """

    folder: Path
    sets: tuple[str, ...] = ()

    @property
    def settings(self) -> Settings:
        """The checked settings.

        Raises:
            SettingsError: the first thing wrong; ``.others`` holds the rest.
        """
        return load_settings(self.folder, self.sets)

    def check(self) -> list[GroundswellError]:
        """Everything wrong that can be seen without running; an empty list is a campaign that can run."""
        try:
            return problems(self.settings)
        except GroundswellError as error:
            return [error, *getattr(error, "others", ())]

    def reminders(self) -> list[str]:
        """What the purpose asks of the channels that are used, each with its source; in the campaign's first language."""
        return reminders(self.settings)

    def run(
        self,
        *,
        now: date | datetime | None = None,
        seed: int = 0,
        next_round: bool = False,
        tell: Tell = _silent,
    ) -> Round:
        """Play a round, or go on with one that was stopped.

        As long as nothing that it is made of has changed, a finished round is given back as it stands; otherwise it is
        planned again in its place. ``next_round`` says that its lists were used: its contacts then count.

        Args:
            now: the day to plan for; None: today in the campaign's time zone (a stopped round keeps its own).
            seed: what folds, exploration and ties are drawn with.
            next_round: begin the next round.
            tell: called with the name of each stage that begins.

        Raises:
            GroundswellError: when the campaign, its data or its folder cannot be used; nothing is half written.
        """
        settings = self.settings
        for wrong in problems(settings):
            raise wrong
        with self._alone():
            return self._run(settings, now, seed, next_round, tell)

    def simulate(self, rounds: int, *, seed: int = 0, now: date | None = None, tell: Tell = _silent) -> list[Round]:
        """Play rounds in a made-up town, 28 days apart, each answered by the town's own truth.

        Rounds that were played already are played on from; what comes back of each is imported, as it would be in life.

        Args:
            rounds: how many rounds there shall be in the end.
            seed: what folds, exploration and ties are drawn with.
            now: the day of the first round; None: today in the campaign's time zone.
            tell: called with the name of each stage that begins.

        Raises:
            CampaignError: when the folder is no made-up place's.
        """
        settings = self.settings
        for wrong in problems(settings):
            raise wrong
        world = world_of(settings)
        first = read_card(round_path(self.folder, 1))
        start = date.fromisoformat(first["today"]) if first else now or today_of(settings)
        played = []
        for number in range(1, rounds + 1):
            today = start + timedelta(days=APART * (number - 1))
            path = round_path(self.folder, number)
            if not _closed(path, self.folder, number):
                with self._alone():
                    watch = watching(settings, world, path, today)
                    following = number not in rounds_of(
                        self.folder
                    )  # one that was stopped after its plan is answered, not followed
                    done = self._run(settings, today, seed, following, partial(_tell_of, tell, number), watch)
                spoken = path / "spoken.parquet"
                messengers = read(spoken) if spoken.exists() else empty(SPOKEN)
                file = answer(settings, world, done.decisions.arrow(), messengers, number=number, today=today)
                back = today + timedelta(days=APART - 1)
                self.bring_in(file, "outcomes", now=back)
                said = answers_to(settings, world, done.decisions.arrow(), number=number)
                if said is not None:
                    self.bring_in(said, "people", now=back)
            played.append(Round(number, path, read_json(path / "summary.json")))
        return played

    def what_if(self, *changes: str) -> dict[str, Any]:
        """The last round's plan at other limits, in seconds: nothing is written, and nothing is learnt again.

        Args:
            changes: such as ``limits.budget.at_most=+10%``; of limits, learning and what actions are worth.

        Returns:
            ``now`` and ``then``, each with ``expected``, ``sent``, ``decisions``, ``limits`` and ``floors``.

        Raises:
            SettingsError: a change that takes a round of its own, or floors that cannot be kept.
            CampaignError: there is no finished round, or its settings or messages have changed since.
        """
        with self._alone(), _as_what_if():
            settings, card = settings_of(self.folder, self.last), read_card(self.last.path) or {}
            changed = load_settings(self.folder, (*card.get("sets", ()), *changes))
            return reprice(settings, changed, card, changes)

    def tell_what_if(self, found: dict[str, Any]) -> list[str]:
        """The same in words, in the campaign's first language."""
        spec = self.settings.spec
        return what_if_lines(found, spec.languages[0], self.settings.goal.name)

    def _run(
        self,
        settings: Settings,
        now: date | datetime | None,
        seed: int,
        next_round: bool,
        tell: Tell,
        watch: Watch | None = None,
    ) -> Round:
        number, path = self._place(next_round)
        old = read_card(path)
        card = {
            "format": 1,
            "round": number,
            "key": round_key(settings, seed, number),
            "seed": seed,
            "sets": list(self.sets),
        }
        finished = (path / "summary.json").exists()
        if now is not None:
            today = now.astimezone(settings.zone).date() if isinstance(now, datetime) else now
        elif old and not finished and old["key"] == card["key"]:
            today = date.fromisoformat(old["today"])
        else:
            today = today_of(settings)
        card |= {"today": today.isoformat()}
        try:
            if old == card and not up_to_date(settings, Shelf(path, tell)):
                forget_card(path)
            open_round(path, card)
            summary = read_json(path / "summary.json") if (path / "summary.json").exists() else None
            if summary is None:
                sets = questions(self.sets)
                summary = play(
                    settings, Shelf(path, tell), number=number, seed=seed, today=today, what_if=sets, watch=watch
                )
        except OSError as error:
            raise storage_error(error, Path(error.filename) if error.filename else path) from error
        return Round(number, path, summary)

    def bring_in(
        self,
        data: str | Path | Data,
        kind: Kind,
        *,
        query: str | None = None,
        now: date | None = None,
        named: str | None = None,
        tell: Tell = _silent,
    ) -> Imported:
        """Import a file: people, what they did or said, outcomes, consents. The same file twice does nothing twice.

        Args:
            data: the file; or a table: of Arrow, pandas, polars or Parsons, or a list of dicts; or, with ``query``, the URL
                of a database.
            query: one SQL query, in the database's own words.
            kind: ``people``, ``events``, ``remarks``, ``outcomes``, ``consents`` or ``suppressions``.
            now: the day of the import; None: today in the campaign's time zone.
            named: for people, which of ``[sources.lists]`` it is; None: the one whose ``path`` fits its name.
            tell: called with the name of each step that begins.

        Raises:
            GroundswellError: when the file cannot be read, or has not the columns it needs.
        """
        if kind not in KINDS:
            raise CampaignError(
                f'There is no kind of file "{kind}".',
                key="--as",
                found=kind,
                expected="one of: " + ", ".join(KINDS),
                hint=f'Did you mean "{near}"?' if (near := nearest(kind, KINDS)) else "Name one of them.",
            )
        settings = self.settings
        today = now or today_of(settings)
        with self._alone():
            people = people_today(settings) if kind in {"events", "remarks", "outcomes"} else None
            with TemporaryDirectory() as place:
                if query is not None:
                    file = query_to_file(str(data), query, Path(place))
                else:
                    file = Path(data) if isinstance(data, str | Path) else as_file(data, Path(place))
                found = bring_in(settings, people, file, kind, today=today, named=named, tell=tell)
            if not found.already and (kind in {"people", "consents", "suppressions"} or found.suppressed):
                put_lists_right(settings)
            return found

    def contacts(self, *, by: str | None = None, now: date | None = None) -> dict[str, Any]:
        """How many of those who should be spoken to were reached, and what contact did.

        Args:
            by: SQL over the row of a person: told for each of its values, too.
            now: the day; None: today in the campaign's time zone.

        Returns:
            ``options``: for each ``option`` ``all`` and ``groups``, with ``people``, ``assigned``, ``contact`` (a share),
            ``effect`` (per person, by intention to treat) and ``complier`` (per person reached).

        Raises:
            GroundswellError: when there is nothing to look at, or for an expression that is none.
        """
        settings = self.settings
        today = now or today_of(settings)
        with self._alone():
            return contacts_of(settings, number=self._place(False)[0], today=today, by=by)

    def tell_contacts(self, found: dict[str, Any]) -> list[str]:
        """The same in words, in the campaign's first language."""
        settings = self.settings
        return contact_lines(found, language=settings.spec.languages[0], goal=settings.goal.name)

    def lists(self, *, team: str | None = None) -> dict[str, Any]:
        """Write the last round's calling lists and walk lists, as they stand now.

        Args:
            team: only those of one team are told; all are written.

        Returns:
            ``round``, ``folder``, ``strays`` and ``lists``: name, channel, messenger, called, team, people, doors, minutes,
            kilometres and file of each.

        Raises:
            CampaignError: when there is no finished round.
        """
        with self._alone():
            return lists_of(self.folder, team=team).as_json()

    def tell_lists(self, found: dict[str, Any]) -> list[str]:
        """The same in words, in the campaign's first language."""
        return list_lines(found, self.settings.spec.languages[0])

    def hand_out(
        self,
        what: str,
        name: str,
        *,
        by: str,
        messenger: str | None = None,
        first: tuple[str, ...] = (),
        now: date | None = None,
    ) -> dict[str, str]:
        """Take, return or put in order a list, as the organiser of the team that its people are of.

        Args:
            what: ``take``, ``return`` or ``order``.
            name: the list.
            by: the organiser's id in the file of messengers.
            messenger: who gets it; None: the organiser.
            first: for ``order``: the ids of those who shall stand first.
            now: the day; None: today in the campaign's time zone.

        Raises:
            CampaignError: when the organiser may not, or whoever shall take it cannot.
        """
        on = (now or today_of(self.settings)).isoformat()
        with self._alone():
            done, taker = hand_out(self.folder, Move(what, name, by, messenger, first, on))
        return {"what": what, "list": done, "name": taker}

    def tell_handed(self, found: dict[str, str]) -> list[str]:
        """The same in words, in the campaign's first language."""
        key = {"take": "taken", "return": "given", "order": "ordered"}[found["what"]]
        return [words(self.settings.spec.languages[0])(f"lists.{key}", list=found["list"], name=found["name"])]

    def people(self, *, as_of: date | None = None) -> dict[str, Any]:
        """Who there is: people, homes, contacts, teams, places, and how many said stop.

        Args:
            as_of: as it was known at the end of that day, from the imports until then; None: today.
        """
        return count_people(self.settings, as_of=as_of)

    def tell_people(self, found: dict[str, Any]) -> list[str]:
        """The same in words, in the campaign's first language."""
        return census_lines(found, self.settings.spec.languages[0])

    def link(self, *, threshold: float = 0.9, afresh: bool = False, seed: int = 0) -> Linked:
        """Find who of the people is the same person; ids stay, and what is new is linked to who is known.

        Args:
            threshold: the least probability of a link.
            afresh: compare everybody again and learn the weights anew; ids and answers stay.
            seed: of the draw of random pairs.

        Raises:
            CampaignError: where the file of people has no ids.
        """
        settings = self.settings
        with self._alone():
            return link_campaign(settings, threshold=threshold, afresh=afresh, seed=seed)

    def unlink(self) -> int:
        """Take back the last link, as if it had not been; how many lines were taken off lists."""
        settings = self.settings
        with self._alone():
            return unlink_campaign(settings)

    def questions(self, *, most: int | None = None, pair: tuple[str, str] | None = None) -> list[dict[str, Any]]:
        """The pairs that are for a person to decide: ``one, other, probability, evidence, rows``.

        Args:
            most: how many; None: all.
            pair: two ids to look at, whatever is said of them; None: those of which neither is sure.
        """
        return questions_of(self.settings, most=most, pair=pair)

    def waiting(self) -> int:
        """How many pairs are for a person to decide."""
        return count_waiting(self.settings)

    def answer(self, one: str, other: str, *, same: bool, now: date | None = None) -> None:
        """Say of two ids whether they are one person; the next link obeys it and learns from it.

        Args:
            one: an id.
            other: another.
            same: True: they are.
            now: the day; None: today in the campaign's time zone.
        """
        day = now or today_of(self.settings)
        with self._alone():
            note_answer(self.folder, one, other, same=same, on=day.isoformat())

    def draw_weights(self, target: Path) -> None:
        """Draw what the weights of the last link learnt, as an SVG picture."""
        draw_weights(self.settings, target)

    def take_back_answer(self) -> None:
        """Strike out the last answer."""
        with self._alone():
            take_back_answer(self.folder)

    def imports(self) -> list[dict[str, Any]]:
        """Every import, the oldest first: ``number, kind, file, on, rows, changed, rejected, undone``."""
        shown = ("number", "kind", "file", "on", "rows", "changed", "rejected", "undone")
        return [{name: one.get(name) for name in shown} for one in imports_of(self.folder, undone=True)]

    def undo(self, number: int, *, now: date | None = None) -> dict[str, Any]:
        """Take back an import, as if it had never come; who said stop in it has said so all the same.

        Raises:
            CampaignError: when there is no such import, or it is undone already.
        """
        settings = self.settings
        with self._alone():
            card = undo(settings, number, today=now or today_of(settings))
            put_lists_right(settings)
        return {name: card[name] for name in ("number", "kind", "file", "rows")}

    def forget(self, person: str) -> Forgotten:
        """Take somebody out of every file of the campaign; a keyed hash stays, so that no import brings them back.

        Args:
            person: the person's id, or their full name where only one has it.

        Raises:
            GroundswellError: when there is no such person, or a file cannot be changed; nothing is done then.
        """
        return forget(self.folder, person)

    def export(self, person: str) -> Exported:
        """Everything held about somebody, with where it is from: ``.page`` to read, ``.held`` as JSON, ``.write(path)``."""
        return export(self.folder, person)

    def backup(self, target: Path | None = None) -> Backup:
        """Copy the whole folder and the ledger into one file, also while others are at work."""
        return backup(self.folder, target)

    def stop(
        self,
        who: str,
        *,
        channel: str = ANY,
        source: str = "said to the campaign",
        words: str = "",
        now: datetime | None = None,
    ) -> Noted:
        """Somebody said stop: nothing goes to them any more, through this channel or any.

        Args:
            who: a person's id or full name, a telephone number or an e-mail address.
            channel: a channel's id, or ``*`` for all.
            source: who heard it, and where.
            words: what exactly they said.
            now: when they said it; None: now.
        """
        settings = self.settings
        with self._alone():
            return say(settings, who, given=False, channel=channel, source=source, words=words, now=now)

    def consent(
        self,
        who: str,
        *,
        channel: str = ANY,
        source: str = "said to the campaign",
        words: str = "",
        now: datetime | None = None,
    ) -> Noted:
        """Somebody said, themself, that they may be spoken to; arguments as for :meth:`stop`."""
        settings = self.settings
        with self._alone():
            return say(settings, who, given=True, channel=channel, source=source, words=words, now=now)

    def suppress(
        self, who: str, reason: str, *, source: str = "noted by the campaign", now: datetime | None = None
    ) -> Noted:
        """Put somebody on the list of those who must not be contacted: do-not-call, bounced, deceased, moved ..."""
        settings = self.settings
        with self._alone():
            return suppress(settings, who, reason, source=source, now=now)

    def lift(
        self, who: str, reason: str, *, source: str = "noted by the campaign", now: datetime | None = None
    ) -> Noted:
        """Take somebody off that list again; it stays written down that they were on it."""
        settings = self.settings
        with self._alone():
            return lift(settings, who, reason, source=source, now=now)

    def tell_import(self, found: Imported) -> list[str]:
        """An import in a few lines, in the campaign's first language."""
        return import_lines(found, self.settings.spec.languages[0])

    def tell_noted(self, noted: Noted) -> list[str]:
        """What was noted in a few lines, in the campaign's first language."""
        return noted_lines(noted.as_json(), self.settings.spec.languages[0])

    def tell_imports(self, found: list[dict[str, Any]]) -> list[str]:
        """The imports as a small table, in the campaign's first language."""
        return imports_lines(found, self.settings.spec.languages[0])

    def tell_undone(self, card: dict[str, Any]) -> list[str]:
        """That an import was undone, in the campaign's first language."""
        return undone_lines(card, self.settings.spec.languages[0])

    def lessons(self) -> Lessons:
        """What the campaign learnt, as far as it may be shown, and what it was told by others; no person is in it."""
        return lessons_of(self.settings)

    def segments(self, *, now: date | None = None) -> dict[str, Any]:
        """The groups of ``segments.toml``, counted over the people of today.

        Args:
            now: the day; None: today in the campaign's time zone.

        Raises:
            GroundswellError: when the campaign, its data or a rule cannot be used.
        """
        settings = self.settings
        for wrong in problems(settings):
            raise wrong
        with self._alone():
            return segments_of(settings, number=self._place(False)[0], today=now or today_of(settings))

    def discover_segments(
        self, *, of: tuple[str, ...] = (), now: date | None = None, seed: int = 0, tell: Tell = _silent
    ) -> dict[str, Any]:
        """Groups that nobody wrote down: who people are, whom to talk to, and who has no fitting message.

        Args:
            of: the traits that count; none: all of a person's own.
            now: the day; None: today in the campaign's time zone.
            seed: another seed draws other people.
            tell: called with the name of each step that begins.

        Raises:
            GroundswellError: when the campaign or its data cannot be used, or there are too few people.
        """
        settings = self.settings
        for wrong in problems(settings):
            raise wrong
        day = now or today_of(settings)
        with self._alone():
            number = self._place(False)[0]
            return discover_segments(settings, number=number, today=day, seed=seed, of=of, tell=tell)

    def tell_discovered(self, found: dict[str, Any]) -> list[str]:
        """The same in words, in the campaign's first language."""
        spec = self.settings.spec
        return discovered_lines(found, language=spec.languages[0], goal=self.settings.goal.name, currency=spec.currency)

    def adopt_segment(self, name: str, *, called: str | None = None) -> dict[str, str]:
        """Write a discovered group into ``segments.toml``; from then on its rule stays put.

        Args:
            name: of the group, as it was shown.
            called: the segment's id; None: the same.
        """
        with self._alone():
            return adopt(self.settings, name, called=called)

    def scores(self, *, now: date | None = None, seed: int = 0, target: Path | None = None) -> dict[str, Any]:
        """The scores of ``[scores]``, learnt and told over the people of today; no round begins.

        Args:
            now: the day; None: today in the campaign's time zone.
            seed: what folds are drawn with.
            target: a CSV file for everybody's scores with their reasons.

        Raises:
            GroundswellError: when the campaign or its data cannot be used, or the purpose forbids the file.
        """
        settings = self.settings
        for wrong in problems(settings):
            raise wrong
        day = now or today_of(settings)
        with self._alone():
            return scores_of(settings, number=self._place(False)[0], today=day, seed=seed, target=target)

    def tell_scores(self, found: dict[str, Any]) -> list[str]:
        """The same in words, in the campaign's first language."""
        return score_lines(found["scores"], language=self.settings.spec.languages[0])

    def export_lessons(self, target: Path) -> Lessons:
        """Write lessons into a new file, for another campaign to start from."""
        return export_lessons(self.settings, target)

    def import_lessons(self, file: Path) -> int:
        """Take in a file of lessons; how many there are."""
        settings = self.settings
        with self._alone():
            return len(import_lessons(settings, file))

    def experiments(self, *, now: date | None = None) -> list[dict[str, Any]]:
        """Every experiment as it stands: declared, planned, running (with its result so far) or closed.

        Args:
            now: the day; None: today in the campaign's time zone.
        """
        settings = self.settings
        return experiments_of(settings, today=now or today_of(settings))

    def plan_experiment(self, name: str, *, now: date | None = None) -> dict[str, Any]:
        """Write down what an experiment asks, of whom and how small an effect it will see; the next run draws it.

        Args:
            name: of the experiment in ``campaign.toml``.
            now: the day; None: today in the campaign's time zone.

        Raises:
            CampaignError: when there is no such experiment, it was drawn already, or nobody can take part.
        """
        settings = self.settings
        for wrong in problems(settings):
            raise wrong
        with self._alone():
            number, _ = self._place(next_round=False)
            today = now or today_of(settings)
            return plan_experiment(settings, name, number=number, today=today)

    def show_experiment(self, name: str, *, now: date | None = None) -> tuple[dict[str, Any], Path | None]:
        """One experiment as it stands, and its page where it was drawn; arguments as for :meth:`plan_experiment`."""
        settings = self.settings
        with self._alone():
            found = experiment_of(settings, name, today=now or today_of(settings))
            return found, page_of(settings, found) if found["state"] in {"running", "closed"} else None

    def close_experiment(self, name: str, *, now: date | None = None) -> tuple[dict[str, Any], Path | None]:
        """Close an experiment for good: what it found is written down, and what comes late changes it no more."""
        settings = self.settings
        with self._alone():
            return close_experiment(settings, name, today=now or today_of(settings))

    def rounds(self) -> list[dict[str, Any]]:
        """Every finished round, oldest first: what it did and brought, and in a made-up town what it was truly worth."""
        done = [
            number for number in rounds_of(self.folder) if (round_path(self.folder, number) / "summary.json").exists()
        ]
        if not done:
            return []
        history = read_json(round_path(self.folder, done[-1]) / "summary.json")["history"]
        return [row | {"truth": truth_of(self.folder, row["round"])} for row in history]

    def tell_rounds(self, found: list[dict[str, Any]]) -> list[str]:
        """The rounds as a small table, in the campaign's first language."""
        spec = self.settings.spec
        return round_lines(found, language=spec.languages[0], goal=self.settings.goal.name, currency=spec.currency)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep others out of the folder; a forgetting that was killed is finished first."""
        with alone(self.folder):
            finish_forgetting(self.folder)
            yield

    def _place(self, next_round: bool) -> tuple[int, Path]:
        known = rounds_of(self.folder)
        number = known[-1] if known else 1
        # What came back of a round says that its lists were used: it is never planned again.
        answered = any(str(number) in one["joined"] for one in imports_of(self.folder))
        if (next_round or answered) and known and (round_path(self.folder, number) / "summary.json").exists():
            what_ifs = questions((read_card(round_path(self.folder, number)) or {}).get("sets", ()))
            if what_ifs:
                raise CampaignError(
                    f"Round {number} was a what-if, so its lists were not to be used.",
                    file=self.folder,
                    found=", ".join(what_ifs),
                    expected="a round of the campaign as it stands in its file",
                    hint="Write the change into campaign.toml, or run without --set; then  --next.",
                )
            number += 1
        return number, round_path(self.folder, number)

    @property
    def last(self) -> Round:
        """The last finished round.

        Raises:
            CampaignError: when there is none.
        """
        return last_round(self.folder)

    def report(self) -> Path:
        """Where the last round's page is.

        Raises:
            CampaignError: when there is no finished round.
        """
        return self.last.report

    def why(self, person: str) -> Why:
        """Why a person gets what they get in the last round, what they do not get, and why not.

        Args:
            person: the person's id, or their full name where only one has it.

        Raises:
            CampaignError: when there is no such person, or more than one.
        """
        return why(self.folder, person)

    def ask(self, *, question: str | None = None, most: int = 20, target: Path | None = None) -> dict[str, Any]:
        """What to ask, and whom: by how many decisions of the last round the answers would change.

        Args:
            question: the one whose people are listed; None: the first.
            most: how many people are listed.
            target: a CSV file for all of them.

        Raises:
            CampaignError: where there is no finished round, or no such question.
        """
        with self._alone():
            return ask(self.folder, question=question, most=most, target=target)

    def tell_ask(self, found: dict[str, Any]) -> list[str]:
        """The same in words, in the campaign's first language."""
        spec = self.settings.spec
        return ask_lines(found, language=spec.languages[0], currency=spec.currency)

    def profile(self, person: str) -> Profile:
        """A person as the last round knows them, every number with its evidence: ``.told(language)``, ``.page(language)``.

        Args:
            person: the person's id, or their full name where only one has it.

        Raises:
            CampaignError: when there is no such person, more than one, or no finished round.
        """
        return profile_of(self.folder, person)

    def tell(self, answer: Why) -> str:
        """An answer of :meth:`why` in words, in the campaign's first language."""
        return tell_why(self.folder, answer)

    def home(self, person: str) -> dict[str, Any]:
        """Who lives with a person, and what they care about, as the last round has it.

        Args:
            person: the person's id, or their full name where only one has it.

        Raises:
            CampaignError: when there is no such person, more than one, or no finished round.
        """
        return home(self.folder, person)

    def tell_home(self, found: dict[str, Any]) -> list[str]:
        """The same in words, in the campaign's first language."""
        return home_lines(found, self.settings.spec.languages[0])


@contextmanager
def _as_what_if() -> Iterator[None]:
    """Name the option that was given."""
    try:
        yield
    except SettingsError as error:
        error.key = "--what-if" if error.key == "--set" else error.key
        raise


def _tell_of(tell: Tell, number: int, stage: str) -> None:
    tell(f"round {number}: {stage}")


def _closed(path: Path, folder: Path, number: int) -> bool:
    """Was this round played, and did it come back?"""
    answered = any(str(number) in one["joined"] for one in imports_of(folder))
    return answered and (path / "summary.json").exists()


def open_campaign(folder: str | Path, *, sets: tuple[str, ...] = ()) -> Campaign:
    """Open a campaign's folder.

    Args:
        folder: the folder with the ``campaign.toml``.
        sets: what-ifs, such as ``limits.budget.at_most=+10%``.

    Raises:
        CampaignError: when there is no campaign in it.

    >>> import tempfile
    >>> from groundswell.worlds import write_village
    >>> place = Path(tempfile.mkdtemp())
    >>> write_village(place, people=200)
    >>> open_campaign(place).check()
    []
    """
    if not (Path(folder) / FILE).is_file():
        load_settings(Path(folder))
    return Campaign(Path(folder), absolute_sets(sets))
