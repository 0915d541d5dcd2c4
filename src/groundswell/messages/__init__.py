"""What is said: message files, their topics and asks, and the text for one person."""

from groundswell.messages.files import Message, Text, load_messages
from groundswell.messages.rendering import Rendered, render, variables_of

__all__ = ["Message", "Rendered", "Text", "load_messages", "render", "variables_of"]
