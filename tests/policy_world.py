"""A village that has been learnt from, ready to plan for."""

from __future__ import annotations

from groundswell.policy import LearningSpec, Limit, draft_policy
from groundswell.uplift import learn
from groundswell.worlds import make_village
from truth.simulated import evidence_of
from truth.villages import letters, openness_of


class World:
    """Evidence, what was learnt, what is open, and a policy without prices."""

    def __init__(self, people: int = 5_000, seed: int = 11) -> None:
        self.village = make_village(people=people, seed=seed)
        self.evidence = evidence_of(self.village)
        self.learnt = learn(self.evidence)
        self.openness = openness_of(self.evidence)
        self.batch = self.openness.batch(self.evidence.traits)

    def limits(self, share: float = 0.25) -> list[Limit]:
        return [Limit("budget", "money", share * len(self.openness.unit_ids))]

    def draft(self, *, seed: int = 0, number: int = 1, campaign: str = "village", messages=None, **learning):
        return draft_policy(
            campaign=campaign,
            settings="",
            round_number=number,
            seed=seed,
            options=self.openness.options,
            messages=messages or letters(),
            worth=25.0,
            limits=self.limits(),
            models=self.learnt.models,
            learning=LearningSpec(**learning),
        )
