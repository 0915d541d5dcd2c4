"""The durable state of a campaign: who consented, who said stop, who must not be contacted, who was forgotten.

In one SQLite file beside the campaign, or in a PostgreSQL database; both keep the same rules, and the same tests hold them
to it. What was said is only ever added to, and what holds now is worked out of all that was said: a withdrawal outweighs
anything older, and anything newer that only an import brings.

The only room that knows SQLAlchemy and Alembic.
"""

from groundswell.ledger.consents import on_channel
from groundswell.ledger.facts import Consent, Held, Lift, Reason, SubjectKind, Suppression
from groundswell.ledger.ledger import Ledger, open_ledger
from groundswell.ledger.secret import keyed_hash, secret_of

__all__ = [
    "Consent",
    "Held",
    "Ledger",
    "Lift",
    "Reason",
    "SubjectKind",
    "Suppression",
    "keyed_hash",
    "on_channel",
    "open_ledger",
    "secret_of",
]
