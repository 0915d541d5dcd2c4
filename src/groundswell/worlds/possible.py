"""What made-up worlds have in common: a size, a seed and a truth that there are."""

from __future__ import annotations

from groundswell.vocabulary import SettingsError


def refuse_impossible(
    world: str, *, people: int, sizes: tuple[int, int], seed: int, truth: str, truths: tuple[str, ...]
) -> None:
    """Refuse what no world can be made from.

    Args:
        world: what it is called, such as ``town``.
        people: how many are asked for.
        sizes: the fewest and the most there can be.
        seed: from 0 on.
        truth: the truth asked for.
        truths: those there are.

    Raises:
        SettingsError: naming what is wrong.
    """
    fewest, most = sizes
    wrong: tuple[str, object, str] | None = None
    if not fewest <= people <= most:
        wrong = ("people", people, f"a number from {fewest:,} to {most:,}")
    elif seed < 0:
        wrong = ("seed", seed, "a number from 0 on")
    elif truth not in truths:
        wrong = ("truth", truth, ", ".join(truths))
    if wrong is not None:
        key, found, expected = wrong
        raise SettingsError(
            f"There is no such {world}.", key=key, found=found, expected=expected, hint="Choose one of those."
        )
