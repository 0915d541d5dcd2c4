"""What a log says of a person's response: yes, no, how often, or when.

A number above 0 and a date are a yes: so often, or then. A blank is a no only in a column that never says no in another way.
"""

from __future__ import annotations

from groundswell.sources.types import NO, YES
from groundswell.tables import quote_literal

_YES = frozenset(YES) | {
    *(
        "opened",
        "open",
        "read",
        "clicked",
        "click",
        "responded",
        "replied",
        "answered",
        "acted",
        "converted",
        "attended",
    ),
    *("abierto", "abierta", "abrió", "leído", "clic", "respondido", "respondió", "contestado", "contestó", "verdadero"),
}
_NO = frozenset(NO) | {
    *("none", "never", "sent", "delivered", "bounced", "ignored", "unopened", "unread", "not opened", "no response"),
    *("no reply", "ninguno", "ninguna", "nunca", "enviado", "entregado", "rebotado", "no abierto", "no leído"),
    *("sin respuesta", "sin abrir", "falso"),
}
REPLIES = _YES | _NO
"""Words that are a yes or a no."""

CHANNELS = frozenset(
    {
        *(
            "email",
            "e-mail",
            "mail",
            "newsletter",
            "sms",
            "text",
            "mms",
            "post",
            "postal",
            "letter",
            "postcard",
            "flyer",
        ),
        *("door", "canvass", "phone", "telephone", "call", "whatsapp", "telegram", "signal", "push", "app", "in-app"),
        *("social", "facebook", "instagram", "tv", "radio", "chat", "web", "briefing", "meeting", "intranet", "poster"),
        *("teams", "slack", "correo", "correo electrónico", "carta", "puerta", "visita", "teléfono", "telefono"),
        *("llamada", "reunión", "folleto", "boletín", "mensaje de texto", "notificación"),
    }
)
"""What channels are called in logs."""


def reply_sql(text: str) -> str:
    """SQL for true, false, or NULL where the text is neither; for an engine that was taught days.

    >>> from groundswell.listen.days import teach_days
    >>> from groundswell.tables import Engine
    >>> with Engine() as engine:
    ...     teach_days(engine)
    ...     said = "unnest(['Yes', '0', '3', '2026-01-05', 'perhaps'])"
    ...     engine.table(f"select {reply_sql('said')} as yes from (select {said} as said)")["yes"].to_pylist()
    [True, False, True, True, None]
    """
    number = f"try_cast({text} as double)"
    return (
        f"case when lower({text}) in ({_listed(_YES)}) then true when lower({text}) in ({_listed(_NO)}) then false "
        f"when isfinite({number}) and {number} >= 0 then {number} > 0 when is_day({text}) then true end"
    )


def _listed(words: frozenset[str]) -> str:
    return ", ".join(map(quote_literal, sorted(words)))
