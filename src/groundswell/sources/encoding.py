"""Text in whatever encoding -> UTF-8, decided once for a file and verified in every line of it.

UTF-8 stays as it is. UTF-16 is known by its mark, or by every second byte being zero. Everything else is one code page: of
the usual ones the first in which the file's own words look like words, Windows-1252 above all; and the line it was decided by
is told, so that somebody can see whether it was right. A line that cannot be read stays as it is: whoever reads rows rejects
it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, NamedTuple

from charset_normalizer import from_bytes

from groundswell.sources.notes import Note
from groundswell.tables.files import storage_error

LONGEST = 1 << 24
"""The longest row that is read, in bytes."""

_BLOCK = 1 << 20
_SAMPLE = 1 << 16
_EVIDENCE = 12
"""Fewer strange letters than this never speak for a rare code page."""
_PAGES = ("cp1252", "cp1251", "cp1253", "cp1250", "cp1254", "cp1257", "cp1255", "cp1256", "koi8_r")
_WIDE_PAGES = ("cp932", "gb18030", "big5", "cp949")
_NAMES = {"cp932": "Shift-JIS", "gb18030": "GB 18030", "big5": "Big5", "cp949": "EUC-KR", "koi8_r": "KOI8-R"}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_WORD = re.compile(r"[^\s,;|\"'()/.@:<>\[\]{}&+=!?*#%_\-0-9\\]+")
_INSIDE = set("’·ºª")


class Plain(NamedTuple):
    """A text file that can be read as UTF-8.

    Attributes:
        path: where it is; the file itself where nothing had to be done.
        sound: every line is UTF-8 and holds no NUL byte.
        notes: what a person should hear.
    """

    path: Path
    sound: bool
    notes: tuple[Note, ...]


@dataclass
class _Survey:
    """What a pass over a file saw."""

    sound: bool = True  # no NUL byte, no endless line
    accents: bool = False  # a line with letters beyond ASCII, in UTF-8
    odd: int = 0  # lines that are not UTF-8
    sample: bytes = b""  # some of these


def as_utf8(path: Path, name: str, place: Path, most: int | None = None, *, cut: bool = False) -> Plain:
    """Make a text file readable as UTF-8.

    Args:
        path: the file.
        name: what people call it, for notes.
        place: where a converted copy may lie.
        most: look at so many bytes only; a copy then holds the whole lines among them.
        cut: the file is the beginning of a larger one.

    Raises:
        StorageError: when there is no room for the copy.
    """
    with path.open("rb") as handle:
        head = handle.read(4096)
    wide = _wide(head)
    notes: tuple[Note, ...] = ()
    try:
        if wide:
            widened = place.with_suffix(".wide")
            cut = _widen(path, widened, wide[0], most) or cut
            path, notes = widened, (Note("wide", {"file": name, "encoding": wide[1]}),)
        seen = _look(path, most, cut=cut)
        if not seen.odd:
            return Plain(path, seen.sound, notes)
        page = "cp1252" if seen.accents else _page_of(seen.sample)
        first, lines, left = _convert(path, place, page, most, cut=cut, mixed=seen.accents or page in _PAGES)
    except OSError as error:
        raise storage_error(error, place) from error
    if lines:
        kind = "mixed" if seen.accents else "encoding"
        called = _NAMES.get(page, f"Windows-{page.removeprefix('cp')}")
        notes += (Note(kind, {"file": name, "encoding": called, "lines": f"{lines:,}", "example": _example(first)}),)
    return Plain(place, not left and seen.sound, notes)


def is_binary(head: bytes) -> bool:
    r"""True for bytes that no text begins with.

    >>> is_binary(b"a,b\n1,2\n"), is_binary(b"\x00\x01\x02" * 9), is_binary("a,b\n".encode("utf-16"))
    (False, True, False)
    """
    if _wide(head):
        return False
    odd = sum(0 < byte < 32 and byte not in b"\t\n\r\v\f\x1a\x1b" for byte in head)
    return odd > len(head) // 10 or head.count(0) > len(head) // 3


def _wide(head: bytes) -> tuple[str, str] | None:
    for mark, codec, name in _MARKS:
        if head.startswith(mark):
            return codec, name
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half >= 4 and odd > half * 0.6 and even < half * 0.05:
        return "utf-16-le", "UTF-16"
    if half >= 4 and even > half * 0.6 and odd < half * 0.05:
        return "utf-16-be", "UTF-16"
    return None


def _widen(path: Path, place: Path, codec: str, most: int | None) -> bool:
    """Write UTF-16 or UTF-32 as UTF-8; True if it was cut. What is no letter at all stays broken, and its line with it."""
    decoder = codecs.getincrementaldecoder(codec)(errors="surrogatepass")
    left = most
    with path.open("rb") as source, place.open("wb") as target:
        try:
            while block := source.read(_BLOCK if left is None else min(_BLOCK, left)):
                target.write(decoder.decode(block).encode("utf-8", "surrogatepass"))
                left = None if left is None else left - len(block)
            if source.read(1):
                return True
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            target.write(b"\xff")
            _rest(source, target)
    return False


def _rest(source: IO[bytes], target: IO[bytes]) -> None:
    """What comes after something that cannot be read is kept as it is: a row that is rejected, rather than lost."""
    while block := source.read(_BLOCK):
        target.write(block.replace(b"\n", b"").replace(b"\r", b""))


def _blocks(path: Path, most: int | None, *, cut: bool) -> Iterator[tuple[bytes, bool]]:
    """The file in blocks of whole lines; False beside a piece of a line that is longer than any that is read."""
    rest, left = b"", most
    with path.open("rb") as source:
        while block := source.read(_BLOCK if left is None else min(_BLOCK, left)):
            left = None if left is None else left - len(block)
            rest += block
            end = max(rest.rfind(b"\n"), rest.rfind(b"\r")) + 1
            if end:
                yield rest[:end], True
                rest = rest[end:]
            elif len(rest) > LONGEST:
                yield rest, False
                rest = b""
        if rest and not cut and not source.read(1):
            yield rest, True


def _look(path: Path, most: int | None, *, cut: bool) -> _Survey:
    seen = _Survey()
    for place, (block, whole) in enumerate(_blocks(path, most, cut=cut)):
        seen.sound = seen.sound and whole and b"\0" not in block
        if block.isascii() or not whole:
            continue
        try:
            block.decode("utf-8-sig" if place == 0 else "utf-8")
            seen.accents = seen.accents or not block.removeprefix(codecs.BOM_UTF8).isascii()
        except UnicodeDecodeError:
            _look_at_lines(block, seen)
    return seen


def _look_at_lines(block: bytes, seen: _Survey) -> None:
    for line in block.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            seen.accents = True
        except UnicodeDecodeError:
            seen.odd += 1
            if len(seen.sample) < _SAMPLE:
                seen.sample += line[:4096]


def _convert(path: Path, place: Path, page: str, most: int | None, *, cut: bool, mixed: bool) -> tuple[str, int, bool]:
    """Write the file as UTF-8; the first line that needed it, how many did, and whether some could not be read."""
    first, count, left = "", 0, False
    with place.open("wb") as target:
        for block, whole in _blocks(path, most, cut=cut):
            if block.isascii() or not whole:
                target.write(block)
                left = left or not whole
                continue
            for line in block.splitlines(keepends=True):
                text = _decoded(line, page, mixed=mixed)
                if text is None:
                    target.write(line)
                    left = True
                elif text == "":
                    target.write(line)
                else:
                    count += 1
                    first = first or text
                    target.write(text.encode())
    return first, count, left


def _decoded(line: bytes, page: str, *, mixed: bool) -> str | None:
    """The line in that code page; blank where it is UTF-8 as it stands; None where it cannot be read."""
    if line.isascii():
        return ""
    if mixed:
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return ""
    try:
        return (
            None if page == "cp1252" and b"\xff" in line else line.decode(page)
        )  # nobody's name has a y with two dots
    except UnicodeDecodeError:
        return None


def _page_of(sample: bytes) -> str:
    """The code page in which these lines look like words."""
    if sum(byte > 127 for byte in sample) < _EVIDENCE:
        return "cp1252"
    pages = [page for page in (*_PAGES, *_WIDE_PAGES) if _reads(sample, page)]
    strange = {page: _strange(sample, page) for page in pages or ("cp1252",)}
    fits = [page for page, share in strange.items() if share <= 0.05]
    if fits:
        return fits[0]
    guess = from_bytes(sample, cp_isolation=[*_PAGES, *_WIDE_PAGES]).best()
    best = min(strange, key=lambda page: strange[page])
    return guess.encoding if guess is not None and guess.encoding in strange and strange[best] > 0.3 else best


def _reads(sample: bytes, page: str) -> bool:
    """Could it be the page of these lines: can it read nine in ten of them?"""
    lines = sample.splitlines()
    read = 0
    for line in lines:
        try:
            codecs.getincrementaldecoder(page)().decode(line)  # the last letter of a long line may be cut
            read += 1
        except UnicodeDecodeError:
            continue
    return read >= 0.9 * len(lines)


def _strange(sample: bytes, page: str) -> float:
    """Which share of the letters beyond ASCII looks wrong in a code page."""
    text = sample.decode(page, errors="replace")
    wrong = total = 0
    for word in _WORD.findall(text):
        high = [letter for letter in word if letter > "\x7f"]
        total += len(high)
        wrong += _wrong(word, high) if high else 0
    return wrong / total if total else 1.0


def _wrong(word: str, high: list[str]) -> int:
    letters = [letter for letter in word if letter.isalpha()]
    scripts = {_script(letter) for letter in letters}
    if "�" in word or len(scripts - {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}) > 1:
        return len(high)
    signs = sum(not letter.isalpha() and letter not in _INSIDE for letter in high) if letters else 0
    runs = sum(len(run) for run in re.findall("[^\x00-\x7f]{3,}", word)) if scripts == {"LATIN"} else 0
    tilted = sum(
        here.isupper() and before.islower() and (here > "\x7f" or before > "\x7f") for before, here in pairwise(word)
    )
    return min(len(high), signs + runs + tilted)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").split(" ")[0]


def _example(line: str) -> str:
    """The part of a line by which a person sees whether it was read right."""
    at = next((place for place, letter in enumerate(line) if letter > "\x7f"), 0)
    return line[max(0, at - 20) : at + 30].strip()
