"""Ids, words and errors: what every room speaks, importing nothing of ours.

>>> from groundswell.vocabulary import NOTHING, nearest, split_option
>>> split_option("civic-duty/post")
('civic-duty', 'post')
>>> nearest("neighbours", ["neighbors", "self"])
'neighbors'
>>> NOTHING
'nothing'
"""

from groundswell.vocabulary.errors import (
    CampaignError,
    DataError,
    EvidenceError,
    ExpressionError,
    GroundswellError,
    NotFittedError,
    SettingsError,
    StorageError,
)
from groundswell.vocabulary.ids import (
    CONTACTS,
    ID_PATTERN,
    NOTHING,
    escaped,
    file_name,
    messenger_of,
    nearest,
    number,
    split_option,
    unescaped,
)
from groundswell.vocabulary.words import Words, languages, words

__all__ = [
    "CONTACTS",
    "ID_PATTERN",
    "NOTHING",
    "CampaignError",
    "DataError",
    "EvidenceError",
    "ExpressionError",
    "GroundswellError",
    "NotFittedError",
    "SettingsError",
    "StorageError",
    "Words",
    "escaped",
    "file_name",
    "languages",
    "messenger_of",
    "nearest",
    "number",
    "split_option",
    "unescaped",
    "words",
]
