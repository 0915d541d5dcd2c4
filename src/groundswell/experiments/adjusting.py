"""What was to be expected of people anyway, taken off: past behaviour explains noise, and chance alone drew the arms.

CUPED (Deng, Xu, Kohavi & Walker 2013) is the regression adjustment of a randomised experiment: one coefficient for each
thing known before the draw, the same in all arms, from how people of one arm differ. It moves no estimate on average, as
each arm holds the same kind of people but for chance, and takes away the share of the variance that the past explains.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundswell.vocabulary import EvidenceError

_SAME = 1e-10


class Adjusted(NamedTuple):
    """Outcomes less what the past says of them.

    Attributes:
        outcome: (n,) what is left; its mean is that of the outcomes.
        inflation: how many times larger a variance of it is than it looks: coefficients fit some of chance, too.
        explained: share of the variance within arms that is gone.
    """

    outcome: NDArray[np.float64]
    inflation: float
    explained: float


def adjust(
    outcome: NDArray[np.float64],
    arm: NDArray[np.int64],
    past: object,
    *,
    weight: NDArray[np.float64],
    units: int,
) -> Adjusted:
    """Take off what the past explains.

    Args:
        outcome: (n,) what each did.
        arm: (n,) index of each row's arm.
        past: (n,) or (n, k) numbers, or a table of them, all known before the draw; NaN where one is not known. A blank
            counts as the mean, beside a column that says who was blank; a column that is the same for all says nothing.
        weight: (n,) what each row counts, above 0.
        units: how many units there are.

    Returns:
        What is left.

    Raises:
        EvidenceError: for what is no number, or infinite; and for so many columns that they would explain chance.

    >>> before = np.array([0.0, 1.0, 2.0, 3.0] * 4)
    >>> arm = np.arange(16) // 8
    >>> found = adjust(2 * before + arm, arm, before, weight=np.ones(16), units=16)
    >>> round(found.explained, 6), found.outcome.round(6).tolist() == [3.0] * 8 + [4.0] * 8
    (1.0, True)
    """
    columns = _columns(past, len(outcome))
    arms = int(arm.max()) + 1
    if units <= 2 * (columns.shape[1] + arms):
        raise EvidenceError(
            f"past has {columns.shape[1]} columns for {units} units: they would explain chance.",
            key="past",
            expected=f"more than {2 * (columns.shape[1] + arms)} units, or fewer columns",
            hint="Give one or two columns that tell most, such as the same action in the last round.",
        )
    if not columns.shape[1]:
        return Adjusted(outcome, 1.0, 0.0)
    share = np.bincount(arm, minlength=arms) / np.bincount(arm, weight, minlength=arms)
    counted = weight * share[arm]  # stabilised: an arm counts by its people, whatever it was drawn with
    left, right = _within(columns, arm, counted), _within(outcome[:, None], arm, counted)[:, 0]
    gram = (left * counted[:, None]).T @ left
    tells, turned = np.linalg.eigh(gram)
    turned = turned[:, tells > _SAME * max(tells[-1], 1.0)]  # of columns that say the same, one counts
    tells = tells[len(tells) - turned.shape[1] :]
    along = turned.T @ (left.T @ (counted * right))
    before = float(counted @ right**2)
    explained = float(along @ (along / tells)) / before if before > 0 else 0.0
    return Adjusted(outcome - columns @ (turned @ (along / tells)), units / (units - len(tells)), explained)


def _within(values: NDArray[np.float64], arm: NDArray[np.int64], counted: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, k) values less the mean of each arm."""
    whole = np.bincount(arm, counted)
    means = np.column_stack([np.bincount(arm, counted * column) / whole for column in values.T])
    return np.asarray(values - means[arm], dtype=np.float64)


def _columns(past: object, count: int) -> NDArray[np.float64]:
    """(n, k) columns of mean 0 and spread 1, without blanks and without those that are the same for all."""
    names = getattr(past, "column_names", None) or getattr(past, "columns", None)
    if isinstance(past, Mapping):
        names = list(past)
    try:
        if names is not None:
            given = np.column_stack([np.asarray(past[name], dtype=np.float64) for name in names])  # type: ignore[index]
        else:
            given = np.asarray(past, dtype=np.float64)
    except (TypeError, ValueError):
        raise EvidenceError(
            "past holds something that is no number.",
            key="past",
            hint="Make 0 and 1 of yes and no, and of each category.",
        ) from None
    given = given[:, None] if given.ndim == 1 else given
    if given.ndim != 2 or len(given) != count:
        raise EvidenceError(
            "past has another number of rows.", key="past", found=f"shape {given.shape}", expected=f"({count}, columns)"
        )
    if np.isinf(given).any():
        raise EvidenceError("past is infinite in places.", key="past", hint="Make them blanks: NaN.")
    blank = np.isnan(given)
    known = (~blank).sum(axis=0)
    mean = np.where(blank, 0.0, given).sum(axis=0) / np.maximum(known, 1)
    blanks = {column.tobytes(): column for column in blank.T if column.any()}
    found = np.column_stack([np.where(blank, mean, given), *blanks.values()])
    spread = found.std(axis=0)
    tells = spread > 1e-12 * np.maximum(np.abs(found).max(axis=0, initial=1.0), 1.0)
    return np.asarray((found[:, tells] - found[:, tells].mean(axis=0)) / spread[tells], dtype=np.float64)
