"""What an experiment can see, who is drawn for what, and what came of it: by unit, over rounds, at every look.

Arrays and tables only: this room knows no person and no clock.
"""

from groundswell.experiments.comparing import Comparison, Result, compare
from groundswell.experiments.complying import Complied, comply, with_both_sides
from groundswell.experiments.decaying import Decay, decay
from groundswell.experiments.many import benjamini_hochberg, holm
from groundswell.experiments.power import Power, plan_power
from groundswell.experiments.randomising import Drawn, randomise, verify
from groundswell.experiments.ratio import SampleRatio, sample_ratio
from groundswell.experiments.spilling import SpillOver, spill_over
from groundswell.experiments.spilling_by_share import SpillByShare, spill_by_share

__all__ = [
    "Comparison",
    "Complied",
    "Decay",
    "Drawn",
    "Power",
    "Result",
    "SampleRatio",
    "SpillByShare",
    "SpillOver",
    "benjamini_hochberg",
    "compare",
    "comply",
    "decay",
    "holm",
    "plan_power",
    "randomise",
    "sample_ratio",
    "spill_by_share",
    "spill_over",
    "verify",
    "with_both_sides",
]
