"""What was learnt, kept as one file, so that a stopped round need not learn it again."""

from __future__ import annotations

from pathlib import Path

from groundswell.stats import Estimate
from groundswell.tables import read_arrays, write_arrays
from groundswell.uplift.guard import Proof, Scope
from groundswell.uplift.learner import Learnt, Models


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
    proofs = [{**proof._asdict(), "scope": int(proof.scope), "effect": list(proof.effect)} for proof in learnt.proofs]
    own = {"gamma": learnt.gamma, "effect": learnt.effect, "calibration": learnt.calibration}
    write_arrays({"learnt": True, "model": model, "proofs": proofs}, arrays | own, path)


def read_learnt(path: Path) -> Learnt | None:
    """Read what :func:`write_learnt` wrote."""
    header, arrays = read_arrays(path)
    if not header["learnt"]:
        return None
    proofs = tuple(
        Proof(**{**entry, "scope": Scope(entry["scope"]), "effect": Estimate(*entry["effect"])})
        for entry in header["proofs"]
    )
    models = Models.from_parts(header["model"], arrays)
    return Learnt(models, proofs, arrays["gamma"], arrays["effect"], arrays["calibration"])
