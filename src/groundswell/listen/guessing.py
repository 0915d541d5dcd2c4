"""Which column of a strange log says who, what, when: guessed from its name and its contents, and always shown.

Names are compared in English and Spanish, without accents, capitals and underscores: ``recipient_id``, ``Fecha de envío``. A
name alone is not enough: what is called a date must read as dates, what is called a type must hold channels.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import pyarrow as pa

from groundswell.listen.days import teach_days
from groundswell.listen.replies import CHANNELS, REPLIES
from groundswell.tables import Engine, quote_literal, quote_name

ROLES = ("who", "what", "when", "channel", "topic", "household", "response")
"""What a column of a log can say."""

NONE = "-"
"""What is given instead of a column: there is none, do not guess."""

How = Literal["given", "name", "contents"]


@dataclass(frozen=True)
class Guess:
    """One column and what it is taken for.

    Attributes:
        column: its name in the file.
        example: the first value in it, None where the first rows are blank.
        how: ``given`` by the user, or guessed by its ``name`` or its ``contents``.
    """

    column: str
    example: str | None
    how: How


class Seen(NamedTuple):
    """What the first rows of a column look like; shares are of the rows that are not blank."""

    filled: int
    different: int
    example: str | None
    dates: float
    emails: float
    replies: float
    channels: float
    numbers: float


class Torn(NamedTuple):
    """Columns between which there is nothing to choose."""

    role: str
    columns: tuple[str, ...]


# Each line is as good as the next is not: of two columns the one in the earlier line is taken.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "who": (
        "person, recipient, addressee, member, contact, customer, client, user, employee, voter, subscriber, donor, "
        "volunteer, supporter, citizen, resident, student, patient, worker, lead, who, whom, persona, destinatario, "
        "destinataria, receptor, miembro, contacto, cliente, usuario, usuaria, empleado, empleada, votante, elector, "
        "suscriptor, suscriptora, socio, socia, afiliado, afiliada, donante, voluntario, ciudadano, trabajador, quien",
        "email, e mail, email address, mail, to, phone, telephone, mobile, address, correo, correo electronico, telefono, "
        "movil, para, direccion",
        "name, full name, nombre, nombre completo, id",
    ),
    "what": (
        "message, msg, creative, content, communication, mailing, letter, what, mensaje, creatividad, comunicacion, "
        "comunicado, contenido, carta, que",
        "template, campaign, newsletter, plantilla, campana, boletin",
        "subject, subject line, title, headline, asunto, titulo, titular",
        "text, body, texto, cuerpo",
    ),
    "when": (
        "sent, sent at, sent on, sent date, sent time, send date, send time, date sent, time sent, enviado, enviada, "
        "enviado el, fecha envio, fecha de envio, fecha del envio, fecha enviado",
        "date, datetime, timestamp, time, when, day, date time, fecha, fecha y hora, dia, cuando, momento, marca de tiempo",
        "delivered, delivered at, delivery date, delivery time, entregado, fecha entrega, fecha de entrega",
        "created, created at, event time, event date, creado, fecha creacion, fecha de creacion, at",
    ),
    "channel": (
        "channel, medium, via, canal, medio",
        "type, kind, method, mode, source, media, delivery method, tipo, metodo, via de contacto, forma de contacto",
    ),
    "topic": ("topic, theme, issue, tema, asunto tratado", "category, interest, tag, categoria, interes, materia"),
    "household": (
        "household, hh, hhid, home, family, hogar, familia, vivienda, domicilio, unidad familiar",
        "address, postal address, street address, direccion, direccion postal",
    ),
    "response": (
        "responded, response, replied, reply, acted, converted, conversion, respondio, respondido, respuesta, contesto, "
        "contestado, acciono",
        "clicked, click, clicks, clic, clics",
        "opened, open, opens, read, abierto, abierta, abrio, apertura, aperturas, leido, leida",
        "action, status, result, outcome, accion, estado, resultado",
    ),
}
_PHRASES = {
    role: [(tier, tuple(phrase.split())) for tier, line in enumerate(lines) for phrase in line.split(", ")]
    for role, lines in _NAMES.items()
}
_IDS = {"id", "key", "code", "ref", "number", "no", "nr", "num", "uuid", "uid", "hash", "clave", "codigo", "numero"}
_ASIDE = {"response": {"at", "on", "date", "time", "flag", "is", "has", "was", "did", "count", "el", "fecha"}}
_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_BY_CONTENTS = 90


def words_of(name: str) -> tuple[str, ...]:
    """A column's name as plain words.

    >>> words_of("recipientEmail"), words_of("Fecha_de envío"), words_of("HHID")
    (('recipient', 'email'), ('fecha', 'de', 'envio'), ('hhid',))
    """
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    plain = unicodedata.normalize("NFKD", apart).encode("ascii", "ignore").decode()
    return tuple(re.findall(r"[a-z]+|[0-9]+", plain.casefold()))


def likeness(role: str, name: str) -> int | None:
    """How well a column's name fits a role: 0 best, None not at all.

    >>> likeness("who", "recipient_id"), likeness("who", "user_email"), likeness("who", "sender")
    (0, 4, None)
    """
    aside = _IDS | _ASIDE.get(role, set())
    words = words_of(name)
    core = tuple(_bare(role, word) for word in words if word not in aside) or words
    found = [tier * 10 + fit for tier, phrase in _PHRASES[role] if (fit := _fit(phrase, core, words)) is not None]
    return min(found, default=None)


def _bare(role: str, word: str) -> str:
    """``userid`` means the user."""
    bare = word.removesuffix("id")
    return bare if any(phrase == (bare,) for _, phrase in _PHRASES[role]) else word


def _fit(phrase: tuple[str, ...], core: tuple[str, ...], words: tuple[str, ...]) -> int | None:
    """0 for the same words; a few more where the phrase is the end, the beginning or the middle of the name."""
    if phrase in (core, words):
        return 0
    length = len(phrase)
    if core[-length:] == phrase:
        return 3
    if core[:length] == phrase:
        return 4
    return 6 if any(core[at : at + length] == phrase for at in range(len(core))) else None


def look_at(head: pa.Table) -> dict[str, Seen]:
    """What each column's first values look like.

    >>> look_at(pa.table({"sent": ["2025-12-31", None]}))["sent"].dates
    1.0
    """
    kinds = {
        "dates": "is_day(value)",
        "emails": f"regexp_full_match(value, {quote_literal(_EMAIL)})",
        "replies": f"lower(value) in ({_listed(REPLIES)}) or try_cast(value as double) >= 0",
        "channels": f"lower(value) in ({_listed(CHANNELS)})",
        "numbers": "try_cast(value as double) is not null",
    }
    shares = ", ".join(
        f"coalesce(avg(cast(coalesce({sql}, false) as int)), 0.0) as {kind}" for kind, sql in kinds.items()
    )
    found = {}
    with Engine() as engine:
        teach_days(engine)
        engine.register(head=head)
        for name in head.column_names:
            values = f"select {quote_name(name)} as value from head where {quote_name(name)} is not null"
            counts = f"count(*) as filled, count(distinct value) as different, {shares}"
            looks = engine.table(f"select {counts} from ({values})").to_pylist()[0]
            found[name] = Seen(
                example=next((text for text in head[name].to_pylist() if text is not None), None), **looks
            )
    return found


def _listed(words: frozenset[str]) -> str:
    return ", ".join(map(quote_literal, sorted(words)))


def guess(seen: Mapping[str, Seen], given: Mapping[str, str | None]) -> tuple[dict[str, Guess], list[Torn]]:
    """Say which column is what.

    Args:
        seen: what each column looks like, in the file's order.
        given: role -> the column the user names, ``NONE`` where there is none; None or left out: guess.

    Returns:
        Role -> column, and the roles for which several columns are equally good.

    >>> seen = look_at(pa.table({"to": ["a@b.org"], "letter": ["schools"], "sent": ["2025-12-31"]}))
    >>> {role: found.column for role, found in guess(seen, {})[0].items()}
    {'what': 'letter', 'when': 'sent', 'who': 'to'}
    """
    found = {
        role: Guess(column, seen[column].example, "given")
        for role, column in given.items()
        if column is not None and column != NONE
    }
    open_roles = [role for role in ROLES if given.get(role) is None]
    torn: list[Torn] = []
    while scores := _scores(seen, open_roles, {taken.column for taken in found.values()}):
        score, _, _, role, column = min(scores)
        rivals = tuple(other[4] for other in scores if other[0] == score and other[3] == role)
        if len(rivals) > 1 and role in ("who", "what", "when"):
            torn.append(Torn(role, rivals))
        else:
            found[role] = Guess(column, seen[column].example, "contents" if score >= _BY_CONTENTS else "name")
        open_roles.remove(role)
    return found, torn


def _scores(seen: Mapping[str, Seen], roles: list[str], taken: set[str]) -> list[tuple[int, int, int, str, str]]:
    """Every column that may still be something, the best first of all: score, role, place, and both by name."""
    free = [(place, column) for place, column in enumerate(seen) if column not in taken]
    found = []
    for role in roles:
        for place, column in free:
            score = _score(role, column, seen[column], alone=len(free) == 1)
            if score is not None:
                found.append((score, ROLES.index(role), place, role, column))
    return found


def _score(role: str, column: str, seen: Seen, *, alone: bool) -> int | None:
    """How well a column fits a role, by name and contents; None where its contents speak against it."""
    named = likeness(role, column)
    if role == "when":
        return named if named is not None and seen.dates >= 0.5 else _BY_CONTENTS if _is_dated(seen) else None
    if role == "response":
        return named if seen.replies >= 0.8 or seen.dates >= 0.8 else None
    if _is_dated(seen) or not seen.filled:
        return None
    unique = seen.filled >= 50 and seen.different == seen.filled
    if named is None:
        found = {"who": seen.emails >= 0.9, "what": alone and not unique}
        return _BY_CONTENTS if found.get(role) else None
    fits = {
        "who": seen.emails >= 0.5 or not {"address", "direccion"} & set(words_of(column)),
        "channel": seen.channels >= 0.5 or (named < 10 and seen.different <= 200),
        "household": seen.emails < 0.5,
    }
    return (named + 40 * (role == "what" and unique)) if fits.get(role, True) else None


def _is_dated(seen: Seen) -> bool:
    return bool(seen.filled) and seen.dates >= 0.9 and seen.numbers < 0.5
