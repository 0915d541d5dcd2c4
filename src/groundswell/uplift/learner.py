"""Effects of several options at once, each unit's learnt from folds that did not see it.

For each fold kept aside: a linear part (:mod:`~groundswell.uplift.fitting`) and small boosted trees
(:mod:`~groundswell.uplift.grove`), averaged, and what counts only together (:mod:`~groundswell.uplift.crossings`). How many
trees count is chosen by the other folds. Then each arm's effects are shrunk by a cross-fitted calibration slope, clipped to
0..1, towards its broadcast effect. All of it is learnt of rested people: how fast effects wear off is learnt first
(:mod:`~groundswell.uplift.freshness`), and what is left of them on each person is a factor of every comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from groundswell.stats import cluster_sums
from groundswell.stats.boosting import Binned
from groundswell.stats.trees import Trees
from groundswell.uplift.basis import Basis, relevance
from groundswell.uplift.calibration import Moments
from groundswell.uplift.evidence import FOLDS, About, Evidence
from groundswell.uplift.features import Design
from groundswell.uplift.fitting import Line, fit_line
from groundswell.uplift.freshness import Freshness, contact_levels, left_of
from groundswell.uplift.gram import add_up, pair_of
from groundswell.uplift.grove import COUNTS, Grove, Grown, plant
from groundswell.uplift.guard import GuardSpec, Proof, Scope, prove, prove_harm
from groundswell.uplift.lead import Lead
from groundswell.uplift.lessons import Lesson, expect, learn_lessons, merge
from groundswell.uplift.models import Models
from groundswell.uplift.nuisance import surprises
from groundswell.uplift.prior import kinships
from groundswell.vocabulary import CONTACTS


@dataclass(frozen=True)
class Learnt:
    """What an experiment taught, and the sums that policies are valued with.

    Attributes:
        models: what every fold learnt.
        proofs: what is proven by all folds together, and what not.
        harms: what is proven by all folds together to do harm, and what not.
        gamma: (units, arms) doubly robust outcome of each unit under each arm, from models that did not see it.
        effect: (units, K) effects on each unit were it rested, from models that did not see it.
        fresh: (units,) what was left of them on each, for it had been contacted of late.
        calibration: (folds, K) slopes before clipping.
        lessons: effects by topic, channel and trait; none where the evidence does not say what options are about.
    """

    models: Models
    proofs: tuple[Proof, ...]
    harms: tuple[Proof, ...]
    gamma: NDArray[np.float64]
    effect: NDArray[np.float64]
    fresh: NDArray[np.float64]
    calibration: NDArray[np.float64]
    lessons: tuple[Lesson, ...] = ()

    def with_newcomers(self, about: Mapping[str, About], others: Sequence[Lesson] = ()) -> Learnt:
        """The same, and what options that nobody has heard yet may do, going by their topics and channels.

        Args:
            about: what each option of the campaign is about.
            others: lessons of other campaigns.
        """
        lessons = merge(others, self.lessons)
        new = {option: one for option, one in about.items() if option not in self.models.options}
        told = {option: found for option, one in new.items() if (found := expect(lessons, one)) is not None}
        return replace(self, models=replace(self.models, newcomers=told))


def learn(evidence: Evidence, guard: GuardSpec | None = None) -> Learnt:
    """Learn the effect of each arm against ``nothing``.

    Args:
        evidence: one past experiment; two arms at least.
        guard: how sure a proof must be.

    Returns:
        Models by fold, proofs, and each unit's doubly robust outcomes.

    >>> import pyarrow as pa
    >>> from groundswell.uplift import Evidence
    >>> half = np.arange(400) % 2
    >>> past = Evidence(
    ...     pa.table({"age": np.linspace(20, 80, 400)}), ("nothing", "hello/post"), arm=half, outcome=half * 1.0,
    ...     propensity=np.full(400, 0.5), unit=np.arange(400), cluster=np.arange(400),
    ...     cluster_ids=tuple(map(str, range(400))),
    ... )
    >>> found = learn(past)
    >>> [(proof.scope.name, round(proof.effect.value, 1), proof.proven) for proof in found.proofs]
    [('EVERYBODY', 1.0, True), ('UPPER_HALF', 1.0, True)]

    The regression is the R-learner of Nie & Wager (2021) with several arms and known propensities; the outcomes under
    each arm are those of Robins, Rotnitzky & Zhao (1994), centred on out-of-fold predictions.
    """
    return learn_parts(evidence).assembled(guard or GuardSpec())


def learn_parts(evidence: Evidence, *, inner: bool = True) -> Parts:
    """Learn both parts of every fold.

    Args:
        evidence: one past experiment; two arms at least.
        inner: also without each of the other folds: only so can be said what a fold's own evidence proves.
    """
    interest = {name for names in evidence.topics for name in names}
    traits = evidence.traits.drop_columns(sorted(interest & set(evidence.traits.column_names)))
    design = Design.learn(traits)
    basis = Basis.of(design, evidence.traits, relevance(evidence.traits, evidence.topics))
    # Hundreds of small solves: BLAS threads would only spin for each other, and sums could differ with their number.
    with threadpool_limits(limits=1, user_api="blas"):
        residual = surprises(evidence, _with_contacts(evidence, traits) or basis)
        kin = kinships(evidence.options[1:])
        freshness, fresh = Freshness.assumed(), None
        if evidence.contacted.any():
            freshness = _worn_off(evidence, basis, residual, kin)
            fresh = freshness.of(evidence.contacted)
        lead = Lead.weigh(evidence, residual, fresh)
        guess = None if lead is None else (lead.guess(evidence.traits), lead.share)
        guessed, share = guess or (None, None)
        # What is left of effects was learnt without the fold kept aside, too: each fold kept aside has sums of its own.
        each = [add_up(evidence, basis, residual, guessed, share, one) for one in ([None] if fresh is None else fresh)]
        sums = each * FOLDS if fresh is None else each
        lines = [fit_line(sums[aside], aside, kin, basis.owner, inner=inner) for aside in range(FOLDS)]
        patterns = _patterns(evidence, basis, lines, inner=inner)
    binned = Binned.of(design.asked(evidence.traits), len(evidence.arm))
    groves = plant(evidence, binned, residual, inner=inner, lead=guess, fresh=fresh)
    return Parts(evidence, design, lead, residual, lines, patterns, groves, binned, freshness, fresh)


def _with_contacts(evidence: Evidence, traits: pa.Table) -> Basis | None:
    """The columns of what people would do anyway, where some had been contacted: what is left of effects is a part of it.

    Averages over everybody go by the logged chances, which are not exact given what people had been through; so what is
    expected of them must not be that of people as rested as the average.
    """
    if not evidence.contacted.any():
        return None
    told = traits.append_column(CONTACTS, pa.array(contact_levels(evidence.contacted).astype(np.float64)))
    return Basis.of(Design.learn(told), told)


def _worn_off(
    evidence: Evidence, basis: Basis, residual: NDArray[np.float64], kin: Sequence[NDArray[np.float64]]
) -> Freshness:
    """What is left of effects on those who had been contacted: held against the linear part, learnt of rested people only."""
    sums = add_up(evidence, basis, residual, fresh=(evidence.contacted == 0).astype(np.float64))
    lines = [fit_line(sums, aside, kin, basis.owner) for aside in range(FOLDS)]
    told = _patterns(evidence, basis, lines, inner=True)
    for aside, line in enumerate(lines):
        told[aside] += line.all(aside)[:, :, 0][evidence.fold]
    return Freshness.learn(evidence, residual, told)


def _patterns(evidence: Evidence, basis: Basis, lines: Sequence[Line], *, inner: bool) -> NDArray[np.float64]:
    """(folds or 1, n, K) what the linear part says beyond the broadcast effect, by models that did not see the person.

    With ``inner`` for each fold kept aside, by models that did not see that either; else by the model of the person's fold.
    """
    if inner:
        every = np.stack([line.all(aside) for aside, line in enumerate(lines)])
    else:
        every = np.stack([line.coefficients for line in lines])[None]
    found = np.empty((len(every), len(evidence.arm), every.shape[2]))
    for fold, rows in basis.blocks(evidence):
        found[:, rows] = basis.patterns(rows, every[:, fold]).transpose(1, 0, 2)
    return found


class Way(NamedTuple):
    """How the two parts are put together.

    Attributes:
        share: what the trees count of the average; the linear part counts the rest.
        trees: how many of an option's trees count.
    """

    share: float
    trees: int


WAYS = tuple(Way(share, count) for share in (0.5, 0.25) for count in COUNTS)
"""Those that cross-validation chooses from; the first where all are alike."""


class Own(NamedTuple):
    """What models that did not see a person say of them.

    Attributes:
        broadcast: (folds, K) the effect on everybody, as the model of each fold has it.
        surprise: (n,) the outcome less what was expected.
    """

    broadcast: NDArray[np.float64]
    surprise: NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """Both parts of every fold, before anything is shrunk or proven."""

    evidence: Evidence
    design: Design
    lead: Lead | None
    residual: NDArray[np.float64]
    lines: Sequence[Line]
    patterns: NDArray[np.float64]
    groves: Sequence[Sequence[Grove]]
    binned: Binned
    freshness: Freshness
    fresh: NDArray[np.float64] | None

    def assembled(self, guard: GuardSpec) -> Learnt:
        """The models of every fold, and what is proven: by all folds, and by each fold's own evidence."""
        evidence = self.evidence
        arms, people = len(evidence.options) - 1, len(evidence.arm)
        tau, surprise, fresh = np.zeros((people, arms)), np.zeros(people), np.ones(people)
        scope, harm = np.zeros((FOLDS, arms), dtype=np.int64), np.zeros((FOLDS, arms), dtype=np.int64)
        threshold, raw = np.zeros((FOLDS, arms)), np.zeros((FOLDS, arms))
        ways = []
        for aside, line in enumerate(self.lines):
            kept = [fold for fold in range(FOLDS) if fold != aside]
            way, pattern, raw[aside] = self._best_way(aside, kept)
            ways.append(way)
            each = line.all(aside)[:, :, 0][evidence.fold] + pattern * np.clip(raw[aside], 0.0, 1.0)
            mine = evidence.fold == aside
            tau[mine], surprise[mine] = each[mine], self.residual[aside, mine]
            fresh[mine] = 1.0 if self.fresh is None else self.fresh[aside, mine]
            # What the other folds' evidence would prove, by models that did not see them, were it as large as all of it:
            # the plan's guard sees all, and one that sees less opens less, so that a worse policy would be valued.
            inner, left = np.where(mine[:, None], 0.0, each), np.where(mine, 0.0, self.residual[aside])
            seen = evidence.unit_fold != aside
            more = float(evidence.size.sum() / max(evidence.size[seen].sum(), 1.0))
            scope[aside], harm[aside] = (
                scopes(each_way(evidence, left, inner, seen, guard, stands_for=more), evidence.options)
                for each_way in (prove, prove_harm)
            )
            threshold[aside] = _middle(evidence, tau, aside)
        everybody = np.ones(evidence.units, dtype=bool)
        proofs, harms = (each(evidence, surprise, tau, everybody, guard) for each in (prove, prove_harm))
        coefficients, trees, crossed = self.portable(ways)
        models = Models(
            options=evidence.options,
            design=self.design,
            coefficients=coefficients,
            slope=np.clip(raw, 0.0, 1.0),
            trees=Trees.joined([crossed, trees]),
            covariance=np.stack([line.covariance for line in self.lines]),
            scope=scope,
            harm=harm,
            threshold=threshold,
            level=scopes(proofs, evidence.options),
            harmful=scopes(harms, evidence.options),
            seed=evidence.seed,
            topics=evidence.topics,
            hints=self.lead.hints if self.lead else (),
            hint_centre=self.lead.centre if self.lead else np.zeros(arms),
            hint_share=np.diag(self.lead.share) if self.lead else np.zeros(FOLDS),
            freshness=self.freshness,
        )
        return Learnt(
            models=models,
            proofs=proofs,
            harms=harms,
            gamma=_doubly_robust(evidence, surprise, tau * fresh[:, None]),
            effect=cluster_sums(tau, evidence.unit, evidence.units),
            fresh=left_of(fresh, evidence.unit, evidence.units),
            calibration=raw,
            lessons=learn_lessons(evidence, surprise, evidence.source, None if self.fresh is None else fresh),
        )

    def portable(self, ways: Sequence[Way]) -> tuple[NDArray[np.float64], Trees, Trees]:
        """(folds, K, p) coefficients, and (folds, K) trees and crossings that ask about values, each at what it counts.

        Args:
            ways: of each fold; where an option has no trees its coefficients count all.
        """
        coefficients = np.stack([line.coefficients for line in self.lines])
        share = np.array([[way.share * (grove.own.trees.count > 0) for grove in row] for way, row in self._with(ways)])
        coefficients[:, :, 1:] *= 1.0 - share[:, :, None]

        def stacked(chosen: Callable[[Grown, Way], Trees]) -> Trees:
            rows = [[self.binned.in_values(chosen(grove.own, way)) for grove in row] for way, row in self._with(ways)]
            return Trees.stack([Trees.stack(row) for row in rows])

        trees = stacked(lambda grown, way: grown.trees.first(way.trees).scaled(way.share))
        return coefficients, trees, stacked(lambda grown, _: grown.crossed)

    def _best_way(self, aside: int, kept: Sequence[int]) -> tuple[Way, NDArray[np.float64], NDArray[np.float64]]:
        """The way that loses least on the folds that are kept, (n, K) what it foretells, and its slopes."""
        least, found = np.inf, None
        for way in WAYS if self._any_trees else WAYS[:1]:
            pattern = self._foretold(aside, way)
            held = self.moments(pattern, self.residual[aside], None if self.fresh is None else self.fresh[aside])
            if found is None or held.loss(kept) < least:
                least, found = held.loss(kept), (way, pattern, held.slopes(kept))
        assert found is not None
        return found

    def _with(self, ways: Sequence[Way]) -> Iterator[tuple[Way, Sequence[Grove]]]:
        return zip(ways, self.groves, strict=True)

    @property
    def _any_trees(self) -> bool:
        return any(grove.own.trees.count > 0 for row in self.groves for grove in row)

    def own(self) -> Own:
        """What is said of everybody by the model of each person's fold."""
        fold = self.evidence.fold
        broadcast = np.stack([one.coefficients[:, 0] for one in self.lines])
        return Own(broadcast, self.residual[fold, np.arange(len(fold))])

    def own_pattern(self, way: Way) -> NDArray[np.float64]:
        """(n, K) what is said of each person beyond that, by the model of their fold."""
        found: NDArray[np.float64] = self.patterns[0].copy()
        for aside, row in enumerate(self.groves):
            rows = np.flatnonzero(self.evidence.fold == aside)
            bins = self.binned.bins[:, rows]
            for arm, grove in enumerate(row):
                found[rows, arm] = _put_together(found[rows, arm], grove.own, bins, way)
        return found

    def _foretold(self, aside: int, way: Way) -> NDArray[np.float64]:
        """(n, K) the pattern of everybody, by models that saw neither them nor the fold kept aside."""
        found: NDArray[np.float64] = self.patterns[aside].copy()
        rows_of = [np.flatnonzero(self.evidence.fold == fold) for fold in range(FOLDS)]
        bins = [self.binned.bins[:, rows] for rows in rows_of]
        for arm, grove in enumerate(self.groves[aside]):
            for fold, grown in ({aside: grove.own} | grove.inner).items():
                rows = rows_of[fold]
                found[rows, arm] = _put_together(found[rows, arm], grown, bins[fold], way)
        if self.lead is not None:
            found += self.lead.share[aside][self.evidence.fold, None] * self.lead.guess(self.evidence.traits)
        return found

    def moments(
        self, pattern: NDArray[np.float64], residual: NDArray[np.float64], fresh: NDArray[np.float64] | None = None
    ) -> Moments:
        """What slopes are made of, by fold and option.

        Args:
            pattern: (n, K) what was foretold of each person, by models that did not see them.
            residual: (n,) outcome less what was expected.
            fresh: (n,) what is left of an effect on each; None: all of it.
        """
        fold, cluster = self.evidence.fold, self.evidence.cluster[self.evidence.unit]
        found = np.zeros((FOLDS, pattern.shape[1], 8))
        for arm in range(pattern.shape[1]):
            pair = pair_of(self.evidence, np.arange(len(fold)), arm, fresh)
            weight, told, side = pair.contrast * pair.factor, pattern[pair.rows, arm], pair.factor * residual[pair.rows]
            place = fold[pair.rows]
            rows = [weight, weight * told, weight * told**2, side, side * told]
            found[:, arm, :5] = np.stack([np.bincount(place, row, minlength=FOLDS) for row in rows], axis=1)
            plain, with_told = (np.bincount(cluster[pair.rows], row, minlength=1) for row in (side, side * told))
            of_cluster = np.zeros(len(plain), dtype=np.int64)
            of_cluster[cluster[pair.rows]] = place
            squares = [with_told**2, with_told * plain, plain**2]
            found[:, arm, 5:] = np.stack([np.bincount(of_cluster, row, minlength=FOLDS) for row in squares], axis=1)
        return Moments(found)


def _put_together(line: NDArray[np.float64], grown: Grown, bins: NDArray[np.uint8], way: Way) -> NDArray[np.float64]:
    """What both parts say of some people; the linear part alone, where there are no trees."""
    if grown.trees.count:
        line = (1.0 - way.share) * line + way.share * grown.trees.first(way.trees).of(bins)
    return line + grown.crossed.of(bins) if grown.crossed.count else line


def _middle(evidence: Evidence, tau: NDArray[np.float64], fold: int) -> NDArray[np.float64]:
    """(K,) the effect per person in the middle of a fold, by its own model: where its upper half begins."""
    here = evidence.unit_fold == fold
    if not here.any():
        return np.zeros(tau.shape[1])
    each = cluster_sums(tau, evidence.unit, evidence.units)[here] / evidence.size[here, None]
    return np.asarray(np.median(each, axis=0))


def scopes(proofs: tuple[Proof, ...], options: tuple[str, ...]) -> NDArray[np.int64]:
    """(K,) ``Scope`` for which each option is proven."""
    found = np.zeros(len(options) - 1, dtype=np.int64)
    for proof in proofs:
        if proof.proven:
            place = options.index(proof.option) - 1
            # Proven for everybody outranks proven for a half.
            found[place] = proof.scope if found[place] == Scope.NOBODY else min(found[place], proof.scope)
    return found


def _doubly_robust(evidence: Evidence, residual: NDArray[np.float64], tau: NDArray[np.float64]) -> NDArray[np.float64]:
    """(units, arms) model plus the weighted surprise of the arm that was drawn."""
    marginal = evidence.outcome - residual
    base = marginal - tau @ evidence.share[1:]
    under = np.column_stack([base, base[:, None] + tau])
    here = np.arange(len(evidence.arm)), evidence.arm
    under[here] += (evidence.outcome - under[here]) / evidence.propensity
    return cluster_sums(under * evidence.counted[:, None], evidence.unit, evidence.units)
