"""A campaign in which one person has left traces everywhere; and a search for them in the bytes of every file."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import groundswell
from spring import BACK, FIRST, LETTER, SECOND, TOML, answers, sheet, somebody
from tiny import write_tiny

THIRD = SECOND + timedelta(days=40)
WHO = "zq-0007"
HERS = {
    "id": WHO,
    "name": "QUIXLEY, ZOLTANA",
    "phone": "(202) 555-0187",
    "email": "Zoltana.Q@Example.ORG",
    "address": "77 Nightingale Lane, Springfield, IL 62704",
}
NEW_PHONE = "212 555 0143"
FORMS = (
    *(WHO, "QUIXLEY, ZOLTANA", "Zoltana Quixley", "(202) 555-0187", "+12025550187", "2025550187"),
    *("Zoltana.Q@Example.ORG", "77 Nightingale Lane", "77 NIGHTINGALE LN", "212 555 0143", "+12125550143"),
)
"""Everything by which she could be found, as it was written and in one form."""

EXTRA = """
[sources.people.past]
option = "had"
options = { None = "nothing", Letter = "letter/post" }
propensity = "chance"
at = "sent"

[sources.events]
path = "events.csv"
person = "who"
at = "on"
event = "what"

[sources.remarks]
path = "remarks.csv.gz"
person = "who"
at = "on"
text = "said"

[sources.messengers]
path = "volunteers.csv"
messenger = "volunteer"
person = "who"
hours = "hours"
"""


def person(place: int, **changes: str) -> dict[str, str]:
    """Somebody with all the columns."""
    mine = somebody(place) | {
        "email": f"name{place}@example.org",
        "address": f"{place} Mill Street, Springfield, IL 62704",
    }
    mine |= {"name": f"Name{place} Family{place // 2}", "phone": f"(202) 444-{place:04d}"}
    mine |= {"voted": "yes" if place % 3 else "no", "had": "Letter" if place // 2 % 2 else "None"}
    return mine | {"chance": "0.5", "sent": "2025-10-01"} | changes


def everybody(count: int = 60, **hers: str) -> list[dict[str, str]]:
    """Sixty people; the eighth is she, and lives with the seventh."""
    return [person(place) | (HERS | hers if place == 7 else {}) for place in range(count)]


def rich(tiny, *, decide: str = "household", hers: dict[str, str] | None = None, **more) -> groundswell.Campaign:
    """Write the campaign; nothing is run yet."""
    toml = TOML.replace('decide = "person"', f'decide = "{decide}"').replace(
        'phone = "phone"', 'phone = "phone"\nemail = "email"\naddress = "address"\noutcomes = { attend = "voted" }'
    )
    reaches = "household" if decide == "household" else "person"
    ways = f'post = {{ reaches = "{reaches}", cost = 0.5 }}\n'
    ways += f'phone = {{ reaches = "{reaches}", cost = 0.1, by = ["volunteer"] }}'
    toml = toml.replace('post = { reaches = "person", cost = 0.5 }', ways)
    toml = toml.replace("[topics.schools]", EXTRA + "\n[topics.schools]")
    letter = LETTER.replace("{{ person.name }}", "{{ household.names }}") + "\n\n# phone\nHello {{ person.name }}"
    remark = f'who,on,said\r\n{WHO},2026-09-01,"I am for schools,\r\nsaid I"\r\n'
    remark += "p6,2026-09-02,My wife Zoltana Quixley (call 202 555 0187 at 77 nightingale lane) agrees\r\n"
    files = {
        "events.csv": f"who,on,what\r\n{WHO},2026-09-01,school-fair\r\np3,2026-09-01,school-fair\r\n".encode("utf-16"),
        "remarks.csv.gz": gzip.compress(remark.encode()),
        "volunteers.csv": f"volunteer,who,hours\nv1,{WHO},5\nv2,p30,5\n",
    }
    rows = everybody(**(hers or {}))
    return tiny(rows, toml=toml, messages={"letter": letter}, files=files | more.pop("files", {}), **more)


def lived_in(tiny, **more) -> groundswell.Campaign:
    """The campaign after two rounds, with an import of every kind between them."""
    campaign = rich(tiny, **more)
    first = campaign.run(now=FIRST)
    newer = [
        person(place, born="1966") | (HERS | {"phone": NEW_PHONE, "born": "1977"} if place == 7 else {})
        for place in (6, 7, 9)
    ]
    broken = person(70, born="soon", name="Zoltana Quixley")
    campaign.bring_in(sheet(campaign, "newer.csv", [*newer, newer[1], broken]), "people", now=BACK)
    campaign.bring_in(
        sheet(campaign, "did.csv", f"person,at,event\n{WHO},2026-10-02,school-fair\np5,2026-10-02,school-fair\n"),
        "events",
        now=BACK,
    )
    campaign.bring_in(
        sheet(campaign, "said.csv", f"person,at,text\n{WHO},2026-10-03,yes\np5,2026-10-03,ask Zoltana Quixley\n"),
        "remarks",
        now=BACK,
    )
    campaign.bring_in(sheet(campaign, "came.csv", answers(first, acted=["h3", "h4", WHO, "p9"])), "outcomes", now=BACK)
    campaign.bring_in(
        sheet(
            campaign, "wishes.csv", f"person,phone,given,words\n{WHO},,yes,I agree\n,(202) 555-0187,yes,\np5,,yes,\n"
        ),
        "consents",
        now=BACK,
    )
    campaign.bring_in(
        sheet(campaign, "bad.csv", "email,reason\nzoltana.q@example.org,bounced\nname5@example.org,bounced\n"),
        "suppressions",
        now=BACK,
    )
    campaign.consent(WHO, channel="phone", words="do call", now=datetime(2026, 11, 5, tzinfo=UTC))
    campaign.run(now=SECOND)
    return campaign


def found_in(folder: Path, forms: Iterable[str] = FORMS) -> list[tuple[str, str]]:
    """File and form of every place where one of the forms stands, in whatever way it is packed."""
    return [
        (path.relative_to(folder).as_posix(), form)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for form in forms
        if any(
            form.lower().encode(codec) in piece.lower() for piece in contents(path) for codec in ("utf-8", "utf-16-le")
        )
    ]


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file, packed and unpacked."""
    raw = path.read_bytes()
    yield raw
    if raw.startswith(b"\x1f\x8b"):
        yield gzip.decompress(raw)
    if raw.startswith(b"PAR1"):
        yield repr(pq.read_table(path).to_pylist()).encode()


def tables(folder: Path) -> dict[str, pa.Table]:
    """Every table of ours by its name."""
    return {path.relative_to(folder).as_posix(): pq.read_table(path) for path in sorted(folder.rglob("*.parquet"))}


def living(folder: Path, *, decide: str) -> Path:
    """Write :func:`lived_in` once, to be copied."""
    with pytest.MonkeyPatch.context() as patch:
        page = f"<p>a page on {WHO} and Zoltana Quixley</p>"
        patch.setattr("groundswell.trust.report.render_report", lambda *_, **__: page)
        lived_in(lambda *rows, **more: write_tiny(folder, *rows, **more), decide=decide)
    return folder


class StoppedError(Exception):
    """Somebody pulled the plug."""


class Plug:
    """Stops everything at one of the moments at which the disk changes: before it does, or just after."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.left, self.after = -1, False
        for name in ("replace", "unlink", "rmdir"):
            patch.setattr(Path, name, self._counted(getattr(Path, name)))

    def pull(self, left: int, *, after: bool) -> None:
        """Stop at the change with this number, counted from 0; a negative one: never."""
        self.left, self.after = left, after

    def _counted(self, act):
        def counted(*arguments, **words):
            if ".part" in str(arguments[0]) and act.__name__ == "unlink":  # a draft: its end is no change
                return act(*arguments, **words)
            self.left -= 1
            if self.left == -1 and not self.after:
                raise StoppedError
            found = act(*arguments, **words)
            if self.left == -1:
                raise StoppedError
            return found

        return counted


def state(folder: Path) -> dict[str, object]:
    """Everything in a folder by its meaning: tables by their rows, the ledger by its facts, other files by their bytes."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".parquet":
            found[name] = repr(pq.read_table(path).to_pylist())
        elif path.is_file() and path.name not in {"ledger.db", "ledger.db-wal", "ledger.db-shm", "secret.key"}:
            found[name] = path.read_bytes()
    found.pop(".groundswell/lock", None)
    return found
