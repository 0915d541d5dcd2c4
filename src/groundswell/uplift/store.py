"""What was learnt, kept as one file, so that a stopped round need not learn it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from groundswell.stats import Estimate
from groundswell.tables import read_arrays, write_arrays
from groundswell.uplift.guard import Proof, Scope
from groundswell.uplift.learner import Learnt
from groundswell.uplift.lessons import lessons_as_json, lessons_from_json
from groundswell.uplift.models import Models


def write_learnt(learnt: Learnt | None, path: Path) -> None:
    """Write what was learnt; None (there was nothing to learn from) is kept, too.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "learnt.gsw"
    >>> write_learnt(None, place)
    >>> read_learnt(place) is None
    True
    """
    if learnt is None:
        write_arrays({"learnt": False}, {}, path)
        return
    model, arrays = learnt.models.as_parts()
    told = {name: [_as_json(proof) for proof in getattr(learnt, name)] for name in ("proofs", "harms")}
    own = {"gamma": learnt.gamma, "effect": learnt.effect, "fresh": learnt.fresh, "calibration": learnt.calibration}
    lessons = lessons_as_json(learnt.lessons, 0)
    write_arrays({"learnt": True, "model": model, "lessons": lessons} | told, arrays | own, path)


def read_learnt(path: Path) -> Learnt | None:
    """Read what :func:`write_learnt` wrote."""
    header, arrays = read_arrays(path)
    if not header["learnt"]:
        return None
    proofs, harms = (tuple(map(_of_json, header[name])) for name in ("proofs", "harms"))
    models = Models.from_parts(header["model"], arrays)
    lessons = lessons_from_json(header["lessons"], path.name)
    arrays = {"fresh": np.ones(len(arrays["effect"]))} | arrays  # what was learnt before effects wore off has none
    own = {name: arrays[name] for name in ("gamma", "effect", "fresh", "calibration")}
    return Learnt(models, proofs, harms, **own, lessons=lessons)


def _as_json(proof: Proof) -> dict[str, Any]:
    return {**proof._asdict(), "scope": int(proof.scope), "effect": list(proof.effect)}


def _of_json(entry: dict[str, Any]) -> Proof:
    return Proof(**{**entry, "scope": Scope(entry["scope"]), "effect": Estimate(*entry["effect"])})
