"""The pass: a campaign's folder, its settings, its rounds. It wires the rooms and reckons nothing itself."""

from groundswell.campaigns.campaign import Campaign, open_campaign
from groundswell.campaigns.demo import make_demo, make_example
from groundswell.campaigns.played import Round
from groundswell.campaigns.settings import Settings, load_settings

__all__ = ["Campaign", "Round", "Settings", "load_settings", "make_demo", "make_example", "open_campaign"]
