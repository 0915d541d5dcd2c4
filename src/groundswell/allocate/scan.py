"""The loops over all units, option after option: compiled, one thread, one pass, nothing big allocated.

`value` lies option by option, so that neighbours in memory are the same option of neighbouring units, and the inner loops
run in vector registers. Values are read as float32 and reckoned with as float64.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from groundswell.allocate.kernels import compiled, plus
from groundswell.allocate.problem import Floats, Ints

Values = NDArray[np.float32]
Groups = NDArray[np.int32]

UNDECIDED = -2
_AT_ONCE = 5  # options
_BLOCK = 256  # units at once: what is needed of them stays in the first cache


@compiled
def _better(top: float, at: int, value: float, cost: float, size: float, option: int) -> tuple[float, int]:
    """What a unit holds, `at` with the score `top`, or `option` where it scores more."""
    found = np.float64(value) - cost * size
    return (found, option) if found > top else (top, at)


@compiled
def _raise_best(row: Values, cost: float, size: Floats, best: Floats, held: Ints, option: int) -> None:
    """Let units hold `option` where it scores more."""
    for unit in range(len(best)):
        best[unit], held[unit] = _better(best[unit], held[unit], row[unit], cost, size[unit], option)


@compiled
def _raise_best_of_five(
    rows: Values, begin: int, option: int, cost: Floats, size: Floats, best: Floats, held: Ints
) -> None:
    """The same for `option` and the four after it, in one go: a fifth of the traffic."""
    one, two, three = rows[option, begin:], rows[option + 1, begin:], rows[option + 2, begin:]
    four, five = rows[option + 3, begin:], rows[option + 4, begin:]
    for unit in range(len(best)):
        own = size[unit]
        top, at = _better(best[unit], held[unit], one[unit], cost[option], own, option)
        top, at = _better(top, at, two[unit], cost[option + 1], own, option + 1)
        top, at = _better(top, at, three[unit], cost[option + 2], own, option + 2)
        top, at = _better(top, at, four[unit], cost[option + 3], own, option + 3)
        best[unit], held[unit] = _better(top, at, five[unit], cost[option + 4], own, option + 4)


@compiled
def _raise_best_in_groups(
    row: Values, cost: float, size: Floats, extra: Floats, group: Groups, best: Floats, held: Ints, option: int
) -> None:
    """The same where groups pay something of their own."""
    for unit in range(len(best)):
        found = np.float64(row[unit]) - cost * size[unit] - extra[group[unit]]
        more = found > best[unit]
        held[unit] = option if more else held[unit]
        best[unit] = found if more else best[unit]


@compiled
def _decide_most(
    value: Values, size: Floats, group: Groups, cost: Floats, extra: Floats, begin: int, best: Floats, held: Ints
) -> int:
    """Fill `best` and `held` for the units from `begin` on; among equal scores `nothing` first, then the lowest column.

    Returns:
        How many options were looked at: where nobody has a group, the last five are left, to be told in one go.
    """
    count: int = value.shape[0]
    end = begin + len(best)
    best[:] = 0.0
    held[:] = -1
    if len(group):
        for option in range(count):
            row, own = value[option, begin:end], group[begin:end]
            _raise_best_in_groups(row, cost[option], size, extra[option], own, best, held, option)
        return count
    few = count % _AT_ONCE
    for option in range(few):
        _raise_best(value[option, begin:end], cost[option], size, best, held, option)
    for option in range(few, count - _AT_ONCE, _AT_ONCE):
        _raise_best_of_five(value, begin, option, cost, size, best, held)
    return max(count - _AT_ONCE, few)


@compiled
def _decide_block(
    value: Values, size: Floats, group: Groups, cost: Floats, extra: Floats, begin: int, best: Floats, held: Ints
) -> None:
    """The same for all options."""
    done = _decide_most(value, size, group, cost, extra, begin, best, held)
    if done < value.shape[0]:
        _raise_best_of_five(value, begin, done, cost, size, best, held)


@compiled
def _sizes(size: Floats, begin: int, found: Floats) -> None:
    if len(size):
        found[:] = size[begin : begin + len(found)]


@numba.njit(cache=True, error_model="numpy", fastmath={"reassoc", "nsz"})
def _told(best: Floats, held: Ints, choice: Groups) -> float:
    """Write down what is held, and add up the scores."""
    total = 0.0
    for unit in range(len(best)):
        choice[unit] = held[unit]
        total += best[unit]
    return total


@numba.njit(cache=True, error_model="numpy", fastmath={"reassoc", "nsz"})
def _raise_and_tell(
    rows: Values, begin: int, option: int, cost: Floats, size: Floats, best: Floats, held: Ints, choice: Groups
) -> float:
    """`_raise_best_of_five` and `_told` in one go, for the last five options."""
    total = 0.0
    one, two, three = rows[option, begin:], rows[option + 1, begin:], rows[option + 2, begin:]
    four, five = rows[option + 3, begin:], rows[option + 4, begin:]
    for unit in range(len(best)):
        own = size[unit]
        top, at = _better(best[unit], held[unit], one[unit], cost[option], own, option)
        top, at = _better(top, at, two[unit], cost[option + 1], own, option + 1)
        top, at = _better(top, at, three[unit], cost[option + 2], own, option + 2)
        top, at = _better(top, at, four[unit], cost[option + 3], own, option + 3)
        top, at = _better(top, at, five[unit], cost[option + 4], own, option + 4)
        choice[unit] = at
        total += top
    return total


@compiled
def sweep(value: Values, size: Floats, group: Groups, cost: Floats, extra: Floats, choice: Groups) -> float:
    """Every unit decides by itself: fills `choice` (n,) and returns the sum of the best scores.

    Args:
        value: (k, n).
        size: (n,) what use is multiplied by; empty: everybody is 1.
        group: (n,) labels from 0; empty: nobody has one.
        cost: (k,) prices times use.
        extra: (k, groups) what groups pay beyond that.
        choice: (n,) to be filled; -1 is `nothing`.
    """
    high, low, n = 0.0, 0.0, value.shape[1]
    best, held, own = np.empty(_BLOCK), np.empty(_BLOCK, np.int64), np.ones(_BLOCK)
    for begin in range(0, n, _BLOCK):
        width = min(_BLOCK, n - begin)
        _sizes(size, begin, own[:width])
        done = _decide_most(value, own[:width], group, cost, extra, begin, best[:width], held[:width])
        mine = choice[begin : begin + width]
        if done == value.shape[0]:
            total = _told(best[:width], held[:width], mine)
        else:
            total = _raise_and_tell(value, begin, done, cost, own[:width], best[:width], held[:width], mine)
        high, low = plus(high, low, total)
    return high


@compiled
def fix(
    value: Values,
    size: Floats,
    group: Groups,
    cost: Floats,
    extra: Floats,
    table: Floats,
    extra_table: Floats,
    choice: Groups,
) -> None:
    """Decide every unit whose best option is the same wherever in a box the prices are; the others stay `UNDECIDED`.

    Args:
        value: (k, n), as for `sweep`.
        size: as for `sweep`.
        group: as for `sweep`.
        cost: as for `sweep`, at the middle of the box.
        extra: as for `sweep`, at the middle of the box.
        table: (k + 1, k + 1) the most by which option a can cost more than option b in the box, per unit of size; row and
            column 0 are `nothing`.
        extra_table: (groups, k + 1, k + 1) the same for what groups pay.
        choice: (n,) to be filled.
    """
    count, n = value.shape
    best, held, own = np.empty(_BLOCK), np.empty(_BLOCK, np.int64), np.ones(_BLOCK)
    lead = np.empty(_BLOCK)
    for begin in range(0, n, _BLOCK):
        width = min(_BLOCK, n - begin)
        _sizes(size, begin, own[:width])
        _decide_block(value, own[:width], group, cost, extra, begin, best[:width], held[:width])
        for unit in range(width):
            at = held[unit]
            best[unit] = value[at, begin + unit] if at >= 0 else 0.0
            lead[unit] = np.inf
        for option in range(-1, count):
            for unit in range(width):
                at = held[unit] + 1
                rival = np.float64(value[option, begin + unit]) if option >= 0 else 0.0
                ahead = best[unit] - rival - table[at, option + 1] * own[unit]
                if len(group):
                    ahead -= extra_table[group[begin + unit], at, option + 1]
                lead[unit] = ahead if at != option + 1 and ahead < lead[unit] else lead[unit]
        for unit in range(width):
            choice[begin + unit] = held[unit] if lead[unit] > 0.0 else UNDECIDED


@compiled
def prune(
    value: Values,
    size: Floats,
    group: Groups,
    cost: Floats,
    extra: Floats,
    table: Floats,
    extra_table: Floats,
    found: Values,
) -> None:
    """Copy `value` to `found` (k, n), but close what is beaten by the same option wherever in the box the prices are.

    The arguments are those of `fix`.
    """
    count, n = value.shape
    best, held, own = np.empty(_BLOCK), np.empty(_BLOCK, np.int64), np.ones(_BLOCK)
    for begin in range(0, n, _BLOCK):
        width = min(_BLOCK, n - begin)
        _sizes(size, begin, own[:width])
        _decide_block(value, own[:width], group, cost, extra, begin, best[:width], held[:width])
        for unit in range(width):
            at, here = held[unit] + 1, begin + unit
            worth = np.float64(value[at - 1, here]) if at > 0 else 0.0
            for option in range(count):
                ahead = worth - np.float64(value[option, here]) - table[at, option + 1] * own[unit]
                if len(group):
                    ahead -= extra_table[group[here], at, option + 1]
                beaten = at != option + 1 and ahead > 0.0
                found[option, here] = -np.inf if beaten else value[option, here]


@compiled
def fix_by_unit(
    value: Values, use: Floats, group: Groups, middle: Floats, low: Floats, high: Floats, extra: Floats,
    extra_table: Floats, choice: Groups,
) -> None:  # fmt: skip
    """The same as `fix` where every unit has uses of its own, `use` (n, k, m), and prices lie between `low` and `high`."""
    count, n = value.shape
    for unit in range(n):
        best, held = 0.0, -1
        for option in range(count):
            found = np.float64(value[option, unit])
            for limit in range(len(middle)):
                found -= middle[limit] * use[unit, option, limit]
            if len(group):
                found -= extra[option, group[unit]]
            if found > best:
                best, held = found, option
        worth = np.float64(value[held, unit]) if held >= 0 else 0.0
        lead = np.inf
        for option in range(-1, count):
            if option == held:
                continue
            ahead = worth - (np.float64(value[option, unit]) if option >= 0 else 0.0)
            for limit in range(len(middle)):
                more = use[unit, held, limit] if held >= 0 else 0.0
                more -= use[unit, option, limit] if option >= 0 else 0.0
                ahead -= max(low[limit] * more, high[limit] * more)
            if len(group):
                ahead -= extra_table[group[unit], held + 1, option + 1]
            lead = min(lead, ahead)
        choice[unit] = held if lead > 0.0 else UNDECIDED


@compiled
def totals(value: Values, use: Floats, size: Floats, choice: Groups, found: Floats) -> None:
    """Add what decided units bring to `found[0]` and what they use of every limit to the rows after it, as pairs.

    `use` is (1, k, m), times `size`, or (n, k, m).
    """
    for unit in range(len(choice)):
        option = choice[unit]
        if option < 0:
            continue
        found[0, 0], found[0, 1] = plus(found[0, 0], found[0, 1], np.float64(value[option, unit]))
        row = use[unit, option] if len(use) > 1 else use[0, option]
        times = size[unit] if len(size) else 1.0
        for limit in range(len(row)):
            if row[limit] != 0.0:
                amount = row[limit] * times
                found[limit + 1, 0], found[limit + 1, 1] = plus(found[limit + 1, 0], found[limit + 1, 1], amount)


@compiled
def mix_letters(letters: NDArray[np.uint32], salt: np.uint64, found: NDArray[np.uint64]) -> None:
    """A number for each row of letters (n, width), the zeros at their ends left out."""
    for row in range(len(letters)):
        mixed = salt
        for letter in letters[row]:
            if letter:
                mixed = (mixed ^ np.uint64(letter)) + np.uint64(0x9E3779B97F4A7C15)
                mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                mixed ^= mixed >> np.uint64(31)
        found[row] = mixed


@compiled
def soft_sweep(
    value: Values,
    size: Floats,
    group: Groups,
    cost: Floats,
    extra: Floats,
    soft: float,
    means: Floats,
    spread: Floats,
) -> float:
    """The sum of soft maxima, soft * log(1 + sum of exp(score / soft)), and the moments of the choices they stand for.

    Args:
        value: (k, n), as for `sweep`.
        size: as for `sweep`.
        group: as for `sweep`.
        cost: as for `sweep`.
        extra: as for `sweep`.
        soft: how soft, > 0.
        means: (3, groups, k) to be added to: the chance of each option, times size to the power of 0, 1 and 2.
        spread: (3, groups, k, k) to be added to: the covariance of the options, times the same.
    """
    count, n = value.shape
    total, share, here = 0.0, np.empty(count), np.empty(count, np.int64)
    for unit in range(n):
        own = group[unit] if len(group) else 0
        times = size[unit] if len(size) else 1.0
        best = 0.0
        for option in range(count):
            share[option] = np.float64(value[option, unit]) - cost[option] * times
            if len(group):
                share[option] -= extra[option, own]
            best = max(best, share[option])
        weight, some = np.exp(-best / soft), 0
        for option in range(count):
            if share[option] > best - 30.0 * soft:
                share[some] = np.exp((share[option] - best) / soft)
                here[some] = option
                weight += share[some]
                some += 1
        total += best + soft * np.log(weight)
        for at in range(some):
            first, chance = here[at], share[at] / weight
            means[0, own, first] += chance
            means[1, own, first] += chance * times
            means[2, own, first] += chance * times * times
            for other in range(some):
                both = (chance if at == other else 0.0) - chance * share[other] / weight
                spread[0, own, first, here[other]] += both
                spread[1, own, first, here[other]] += both * times
                spread[2, own, first, here[other]] += both * times * times
    return total


@compiled
def soft_sweep_by_unit(
    value: Values,
    use: Floats,
    group: Groups,
    grouped: Floats,
    prices: Floats,
    soft: float,
    used: Floats,
    spread: Floats,
    second: Floats,
) -> tuple[float, float]:
    """The same where every unit has uses of its own; also how many units' choices are open, each as far as it is.

    Args:
        value: (k, n).
        use: (n, k, m).
        group: (n,) or empty.
        grouped: (groups, k, R) what the floors of groups count.
        prices: (m + R,).
        soft: how soft, > 0.
        used: (m + R,) to be added to: the mean use.
        spread: (m + R, m + R) to be added to: its covariance.
        second: (m + R, m + R) to be added to: the mean of use times use.
    """
    count, n = value.shape
    rows, limits = len(prices), use.shape[2]
    total, still, share, here = 0.0, 0.0, np.empty(count), np.empty(count, np.int64)
    taken, mean = np.empty((count, rows)), np.empty(rows)
    for unit in range(n):
        own = group[unit] if len(group) else 0
        best = 0.0
        for option in range(count):
            found = np.float64(value[option, unit])
            for row in range(rows):
                amount = use[unit, option, row] if row < limits else grouped[own, option, row - limits]
                found -= prices[row] * amount
            share[option] = found
            best = max(best, found)
        weight, some = np.exp(-best / soft), 0
        for option in range(count):
            if share[option] > best - 30.0 * soft:
                share[some] = np.exp((share[option] - best) / soft)
                here[some] = option
                weight += share[some]
                some += 1
        total += best + soft * np.log(weight)
        mean[:] = 0.0
        for at in range(some):
            still += share[at] / weight * (1.0 - share[at] / weight)
            for row in range(rows):
                option = here[at]
                taken[at, row] = use[unit, option, row] if row < limits else grouped[own, option, row - limits]
                mean[row] += share[at] / weight * taken[at, row]
        for row in range(rows):
            used[row] += mean[row]
            for column in range(rows):
                product = 0.0
                for at in range(some):
                    product += share[at] / weight * taken[at, row] * taken[at, column]
                second[row, column] += product
                spread[row, column] += product - mean[row] * mean[column]
    return total, still


@compiled
def best_patterns(  # noqa: PLR0912 - compiled as one
    value: NDArray[np.float32],
    use: Floats,
    shared: NDArray[np.bool_],
    start: Ints,
    cost: Floats,
    message: Groups,
    channel: Groups,
    score: Floats,
    worth: Floats,
    used: Floats,
) -> None:
    """The best message of every household, with what comes once for all and each member's channel.

    Args:
        value: (n, K, C) minus infinity where closed.
        use: (K, C, m) of one contact.
        shared: (C,) what comes once for a household.
        start: (H + 1,) where households begin.
        cost: (K, C) prices times use.
        message: (H,) to be filled; -1 is none.
        channel: (n,) to be filled.
        score: (H,) to be filled: what it is worth after paying.
        worth: (H,) to be filled: what it is worth.
        used: (H, m) to be added to: what it uses.
    """
    once = np.flatnonzero(shared)
    count, channels, limits = value.shape[1], value.shape[2], use.shape[2]
    comes, kept = np.zeros(channels, np.bool_), np.zeros(channels, np.bool_)
    for home in range(len(start) - 1):
        best, at = 0.0, -1
        for option in range(count):
            for way in range(1 << len(once)):
                total = 0.0
                for place in range(len(once)):
                    comes[once[place]] = bool((way >> place) & 1)
                    if comes[once[place]]:
                        total -= cost[option, once[place]]
                for person in range(start[home], start[home + 1]):
                    own = 0.0
                    for one in range(channels):
                        if shared[one]:
                            found = np.float64(value[person, option, one]) if comes[one] else 0.0
                        else:
                            found = np.float64(value[person, option, one]) - cost[option, one]
                        own = max(own, found)
                    total += own
                if total > best:
                    best, at = total, option
                    kept[:] = comes
        message[home], score[home], worth[home] = at, best, 0.0
        for place in range(len(once)):
            comes[once[place]] = False
        for person in range(start[home], start[home + 1]):
            own, held = 0.0, -1
            for one in range(channels):
                if at < 0 or (shared[one] and not kept[one]):
                    continue
                found = np.float64(value[person, at, one]) - (0.0 if shared[one] else cost[at, one])
                if found > own:
                    own, held = found, one
            channel[person] = held
            if held >= 0:
                worth[home] += np.float64(value[person, at, held])
                if not (shared[held] and comes[held]):
                    comes[held] = True
                    for limit in range(limits):
                        used[home, limit] += use[at, held, limit]
