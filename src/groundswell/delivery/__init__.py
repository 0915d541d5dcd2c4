"""Carrying out: decisions become lists that a person can use at once."""

from groundswell.delivery.lists import HandOver, hand_over, template_variables
from groundswell.delivery.reading import read_list
from groundswell.delivery.taking_off import take_off

__all__ = ["HandOver", "hand_over", "read_list", "take_off", "template_variables"]
