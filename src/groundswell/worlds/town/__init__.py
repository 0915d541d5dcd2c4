"""Springfield: a made-up town with a known truth, to prove the whole loop on, to show it, and to keep us honest.

About 20,000 people in 9,000 households. What stands in the files is what a campaign would have; what each person truly cares
about, and what each message does to them, stands in no file and is known to :class:`Town` alone. There are two truths of
different form, so that nothing may work only because the world is shaped like our own learner, and one without any effect.

The town sets traps that real towns set: advice on pensions moves those of 30 to 50 who worry about their parents, and hardly
the old; longer hours of the clinic move nobody; a limit on rents drives owners away; generations of one household want
different things; everybody talks about buses, and buses move nobody; and results of one kind of talk at the door are often
not written down.
"""

from groundswell.worlds.town.folder import read_town, write_town
from groundswell.worlds.town.named import NAMED
from groundswell.worlds.town.town import Town, make_town
from groundswell.worlds.town.truth import OPTIONS, TRUTHS

__all__ = ["NAMED", "OPTIONS", "TRUTHS", "Town", "make_town", "read_town", "write_town"]
