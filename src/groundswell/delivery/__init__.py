"""Carrying out: decisions become lists that a person can use at once."""

from groundswell.delivery.lists import HandOver, hand_over, template_variables

__all__ = ["HandOver", "hand_over", "template_variables"]
