"""A page from its template: one frame for all of them, and nothing loaded but what stands in it."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

_STYLE = "style.css"


def page_of(
    template: str,
    *,
    words: str,
    styles: tuple[str, ...] = (_STYLE,),
    **content: Any,  # noqa: ANN401 - whatever a template shows
) -> str:
    """A page as HTML; the same content gives the same bytes.

    Args:
        template: a file of ``page``.
        words: where its words begin in the catalogues, such as ``report``.
        styles: files of ``page``, one after the other.
        content: what the template shows; ``say`` is always among it.
    """
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = "".join(_source(name) for name in styles)
    html = environment.get_template(template).render(words=words, style=style, policy=policy_of(style), **content)
    return html.rstrip() + "\n"


def policy_of(style: str) -> str:
    """What the page may load: its pictures, which stand in it, and this very style.

    >>> policy_of("")
    "default-src 'none'; img-src data:; style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; ..."
    """
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _source(name: str) -> str:
    return (files("groundswell.trust") / "page" / name).read_text(encoding="utf-8")
