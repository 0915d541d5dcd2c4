"""The loop over everybody who is scored. Read only where somebody is: the compiler takes long to load."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.stats.kernels import compiled


@compiled
def foretell(
    codes: NDArray[np.int64],
    numbers: NDArray[np.float64],
    first_number: int,
    effects: NDArray[np.float64],
    covariance: NDArray[np.float64],
    unknown: NDArray[np.float64],
    middle: NDArray[np.float64],
    variance: NDArray[np.float64],
) -> None:
    """Fill (n,) ``middle`` and ``variance`` of the logit of everybody.

    A level that is not known (-1) adds nothing to the middle, and the spread of its factor, ``unknown``, to the variance.
    """
    factors, count = codes.shape[1], numbers.shape[1]
    for row in range(len(middle)):
        mean, doubt = effects[0], covariance[0, 0]
        for one in range(factors):
            code = codes[row, one]
            if code < 0:
                doubt += unknown[one]
                continue
            mean += effects[code]
            doubt += covariance[code, code] + 2.0 * covariance[0, code]
            for other in range(one):
                if codes[row, other] >= 0:
                    doubt += 2.0 * covariance[code, codes[row, other]]
        for one in range(count):
            value, place = numbers[row, one], first_number + one
            if value == 0.0:
                continue
            mean += effects[place] * value
            half = covariance[0, place]
            for other in range(factors):
                if codes[row, other] >= 0:
                    half += covariance[place, codes[row, other]]
            for other in range(one):
                half += covariance[place, first_number + other] * numbers[row, other]
            doubt += value * (2.0 * half + covariance[place, place] * value)
        middle[row] = mean
        variance[row] = doubt
