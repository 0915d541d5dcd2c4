"""What to do where scores tie: a share for every set of tied options, and the policy written as probabilities."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from groundswell.allocate import kernels
from groundswell.allocate.margin import Decided, Margin, all_but, distinct, solve, total_use
from groundswell.allocate.problem import Bools, Floats, Ints, Problem, checked, checked_prices
from groundswell.allocate.terms import Prices, Share

_CONTACT_NOBODY_FOR_NOTHING = 1e-7  # of two plans worth the same, the one that uses less
_MOST_SHARES = 2000  # a policy is a small file

Key = tuple[tuple[int, ...], tuple[tuple[float, ...], ...]]


class TiedSets(NamedTuple):
    """The units with a tie, grouped by the options they are tied between (and, if need be, by what these use)."""

    units: Ints  # (N,) the units with a tie
    member: Ints  # (N,) the set of each
    options: Bools  # (S, k + 1) the options of each set; column 0 is `nothing`
    keys: tuple[Key, ...]  # (S,) the same, as a `Share` names it


def find_ties(problem: Problem, prices: Floats, tolerance: float, choice: Ints, *, by_use: bool) -> TiedSets:
    """Group the tied units by their tied options, and with `by_use` also by what these use of the limits."""
    marked = np.empty(len(problem.value), dtype=np.bool_)
    kernels.tied(problem, prices, tolerance, choice, marked)
    units = np.flatnonzero(marked)
    uses = np.concatenate([np.zeros((len(units), 1, len(prices))), problem.use[units]], axis=1)
    scores = np.concatenate([np.zeros((len(units), 1)), problem.value[units]], axis=1) - uses @ prices
    scores[:, 1:][~problem.is_open[units]] = -np.inf
    options = scores >= scores.max(axis=1, keepdims=True) - tolerance
    rows = options.astype(np.float64)
    if by_use:
        flat = np.where(options[:, :, None], uses, 0.0).reshape(len(units), int(np.prod(uses.shape[1:])))
        rows = np.concatenate([rows, flat], axis=1)
    first, member, _ = distinct(rows)
    keys = tuple(_key(options[unit], uses[unit] if by_use else None) for unit in first)
    return TiedSets(units, member, options[first], keys)


def share_out(problem: Problem, prices: Floats, tolerance: float, decided: Decided) -> tuple[Share, ...]:
    """The shares that make the expected use fill the priced limits and overrun none.

    At the margin all tied options score the same, so the most valuable shares are those that leave nothing of a
    priced limit: complementary slackness, as a linear program with one row per tied set and one per limit.
    """
    ties = find_ties(problem, prices, tolerance, decided.choice, by_use=False)
    if not len(ties.units):
        return ()
    others = all_but(len(problem.value), ties.units)
    used = total_use(problem, decided.choice, others)
    shares, taken = _solve_shares(problem, ties, used, prices)
    # A limit without a price may be left unfilled, but no more overrun than one that has a price.
    room, owed = problem.room - used - taken, problem.owed - used - taken
    idle = float(np.abs(prices)[prices != 0] @ np.abs(np.where(prices > 0, room, owed))[prices != 0])
    amiss = (room < -1e-9 * np.maximum(problem.at_most, 1.0)).any() or (owed > 1e-9 * np.abs(problem.at_least)).any()
    if not amiss and idle <= 1e-9 * abs(decided.bound):
        return shares
    finer = find_ties(problem, prices, tolerance, decided.choice, by_use=True)
    if len(finer.keys) > _MOST_SHARES:
        return shares
    return _solve_shares(problem, finer, used, prices)[0] + shares


def mixture(value: ArrayLike, use: ArrayLike, prices: Prices, *, is_open: ArrayLike | None = None) -> Floats:
    """The policy as probabilities: one row per unit, column 0 is `nothing`, column j + 1 is option j.

    A unit without a tie takes its best option with probability 1; a tied one draws from the `Share` of its set. A
    set without a `Share` takes the option that uses least, at the prices, `nothing` first.

    Args:
        value: (n, k), as for `find_prices`.
        use: (n, k, m).
        prices: what `find_prices` returned, for these units or for others like them.
        is_open: (n, k) booleans.

    Returns:
        (n, k + 1) probabilities; every row sums to 1.

    Raises:
        ValueError: shapes disagree, or a number is not finite.

    Example:
        >>> import numpy as np
        >>> from groundswell.allocate import find_prices
        >>> value, use = np.array([[5.0], [3.0], [2.0]]), np.ones((3, 1, 1))
        >>> mixture(value, use, find_prices(value, use, np.array([1.5])))
        array([[0. , 1. ],
               [0.5, 0.5],
               [1. , 0. ]])
    """
    per_use = checked_prices(prices.prices)
    problem = checked(value, use, np.zeros(len(per_use)), is_open)
    choice = np.empty(len(problem.value), dtype=np.int64)
    kernels.sweep(problem, per_use, choice)
    found = np.zeros((len(problem.value), problem.value.shape[1] + 1))
    found[np.arange(len(found)), choice + 1] = 1.0
    by_use = any(share.use for share in prices.shares)
    ties = find_ties(problem, per_use, prices.tolerance, choice, by_use=by_use)
    if len(ties.units):
        found[ties.units] = _rows(ties, prices)[ties.member]
        _place_unshared(found, problem, per_use, ties)
    return found


def _key(options: Bools, uses: Floats | None) -> Key:
    chosen = np.flatnonzero(options)
    rows = () if uses is None else tuple(tuple(row) for row in uses[chosen].tolist())
    return tuple((chosen - 1).tolist()), rows


def _solve_shares(problem: Problem, ties: TiedSets, others: Floats, prices: Floats) -> tuple[tuple[Share, ...], Floats]:
    """The shares of every set, and what they use of the limits."""
    margin = _as_margin(problem, ties, others, prices)
    counts, _ = solve(margin)
    parts = [_parts(options, taken) for options, taken in zip(ties.options, counts, strict=True)]
    shares = tuple(
        Share(key[0], tuple(part[np.flatnonzero(options)].tolist()), key[1])
        for key, options, part in zip(ties.keys, ties.options, parts, strict=True)
    )
    used: Floats = np.einsum("sk,skm->m", np.array(parts)[:, 1:], margin.use)
    return shares, used


def _as_margin(problem: Problem, ties: TiedSets, others: Floats, prices: Floats) -> Margin:
    """One kind per tied set: all its units together, so that a share of 1 uses what all of them use."""
    sets, number = len(ties.options), problem.number[ties.units]
    value, use = np.zeros((sets, *problem.value.shape[1:])), np.zeros((sets, *problem.use.shape[1:]))
    np.add.at(value, ties.member, problem.value[ties.units] * number[:, None])
    np.add.at(use, ties.member, problem.use[ties.units] * number[:, None, None])
    most_value, most_use = np.abs(value).max(initial=0.0), use.max(axis=(0, 1), initial=0.0)
    typical = np.where(most_use > 0, most_use, 1.0)
    thrift = _CONTACT_NOBODY_FOR_NOTHING * most_value * (use / typical).sum(axis=2)
    dear = 10.0 * (np.abs(prices) + most_value / typical)  # overrunning a limit or missing a floor may never pay
    return Margin(
        value=value - thrift,
        use=use,
        keep=ties.options[:, 1:],
        number=np.ones(sets),
        must=~ties.options[:, 0],
        room=problem.room - others,
        owed=problem.owed - others,
        low=np.where(np.isfinite(problem.at_least), -dear, 0.0),
        high=np.where(np.isfinite(problem.at_most), dear, 0.0),
    )


def _parts(options: Bools, taken: Floats) -> Floats:
    """Clip the rounding of the solver, and give `nothing` the rest."""
    part = np.minimum(np.concatenate([[0.0], taken]), 1.0)
    part[0] = max(0.0, 1.0 - part[1:].sum()) if options[0] else 0.0
    found: Floats = part / part.sum()
    return found


def _rows(ties: TiedSets, prices: Prices) -> Floats:
    """The probabilities of every tied set that has a `Share`; a row of zeros for one that has none."""
    known = {(share.options, share.use): share.shares for share in prices.shares}
    rows = np.zeros(ties.options.shape)
    for row, options, key in zip(rows, ties.options, ties.keys, strict=True):
        row[np.flatnonzero(options)] = known.get(key) or known.get((key[0], ())) or 0.0
    return rows


def _place_unshared(found: Floats, problem: Problem, per_use: Floats, ties: TiedSets) -> None:
    """Put units whose tied set has no `Share` on the option that uses least."""
    unshared = np.flatnonzero(found[ties.units].sum(axis=1) == 0.0)
    units = ties.units[unshared]
    spent = np.concatenate([np.zeros((len(units), 1)), problem.use[units] @ per_use], axis=1)
    spent[~ties.options[ties.member[unshared]]] = np.inf
    found[units, spent.argmin(axis=1)] = 1.0
