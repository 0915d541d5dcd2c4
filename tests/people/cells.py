"""Cells as people type them, drawn by chance: what tests of normalising are made of."""

from __future__ import annotations

import random


def _cells(text: str) -> list[str]:
    return text.split("|")


STREETS = _cells(
    "Main|Oak|Maple|Washington|St Charles|Saint Charles|Lake Shore|Park Place|Martin Luther King|"
    "Martin Luther King Jr|5th|67th|Evergreen|Dr Jones|La Salle|El Camino|Old Mill|North|Van Buren|Rio Grande|"
    "Sunset Hills|King|Queen Anne|Broadway|Cherry Hill|Mill Creek|De La Cruz|Kennedy|Court|Church|Highland|"
    "Spring|Grove|First|Fifth|Mt Vernon|Mount Vernon|Country Club|Elm|O'Hara|Fort|Avenue|Street|St|"
    "County Road 12|State Route 9|Highway 61|US Hwy 1|Avenue B|Lane|West End|Winston-Salem|J.F. Kennedy"
)
ENDS = _cells(
    "St|Ave|Street|Avenue|Rd|Road|Blvd|Dr|Drive|Ln|Lane|Ct|Court|Pl|Ter|Cir|Way|Pkwy|Trl|Loop|Run|Pike|Sq|Hwy|"
    "Path|Row|Xing|Cv|Pt|st.|AVE.|street|Parkway|Terrace|Circle||"
)
BEFORE = ("", "", "", "", "N ", "N. ", "North ", "SW ", "W ", "East ", "south ")
BEHIND = ("", "", "", "", " NW", " S", " north", ",")
FLATS = _cells(
    "||||, Apt. 4| Apt 4B| #4| # 12| Unit C|, Ste 200| Apt B12| Suite 5|, Apartment 7| apt 04|, #4-B| Fl 3|"
    " Lot 7|, Bldg 2 Apt 3| Unit #5|, Rear| 4B| PH| Apt|,"
)
TAILS = (
    "",
    "",
    "",
    ", Springfield, IL 62704",
    ", St. Louis, MO 63101-1234",
    " Springfield IL 62704",
    ", Boston MA",
    ", Ely, NV, 89301",
)
ELSEWHERE = _cells(
    "Hauptstraße|Haupt Str.|Berliner Straße|Goethestr.|Am Markt|Müllerweg|Calle Mayor|C/ Mayor|Av. de la Paz|"
    "Avenida de América|Plaza España|Pl. de España|Paseo de Gracia|rue de la Paix|bd Saint-Michel|12 rue|"
    "High Street|Church Lane|St John's Road|The Avenue|O'Connell St|Rúa Nova|C|Kirkegade|Ulica Długa|Flat Road|"
    "Calle N|La Flat B|Straße"
)
AFTER = _cells(
    "||||, 3º B|, 3ºB| 3° b|, piso 3 puerta B|, Whg 3| Flat 2| apt 4|, bajo|, 1º izquierda| 5/7|, 28013 Madrid|"
    ", 12345 Berlin|, LONDON, SW1A 1AA|, nº 4"
)
GIVEN = _cells(
    "Ann|Walter|José|María|ana|JOHN|Jean-Luc|Mary Jane|J.|J. R.|D'Arcy|Dean|Major|King|Van|Abdul|Renée|Zoë|Bo|Al|"
    "Maria|Li|Ο|Иван|毛|Prince|Sir|Judge|Ángel|Lou Ann"
)
FAMILY = _cells(
    "Smith|Brandt|García López|García|van der Berg|de la Cruz|O'Brien|SMITH-JONES|McDonald|MACDONALD|MCDONALD|Ma|"
    "Do|King|Bishop|Smith Jr.|Smith III|Dos Santos|St. John|Müller|Nuñez|Ortega y Gasset|Петров|Bin|Esq|Sr|Y|V|"
    "Xu|Ng"
)
TITLES = ("", "", "", "", "", "Dr. ", "Mr ", "Sra. ", "Rev. ", "Don ")
DOMAINS = _cells(
    "example.org|Example.COM|mail.example.co.uk|x.test|localhost|müller.example|xn--mller-kva.example|a-b.org|"
    "a--b.org|-a.org|a..b|ab--cd.org|host.invalid|1.2.3.4|[1.2.3.4]|x.y1|foo_bar.org|例え.jp|foo.local"
)
LOCALS = _cells(
    'ann|Ann.Smith|ann+news|a.b.c|.ann|ann.|a..b|o\'brien|ann_1|"ann smith"|an!n|%x|jürgen|POSTMASTER|-a|a&b|'
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)
WRAPPED = (
    "{}",
    "{}",
    "{}",
    " {} ",
    "<{}>",
    "Ann <{}>",
    "mailto:{}",
    "{}.",
    "{},",
    "'{}'",
    "{}; bob@x.org",
    "{} / work",
    "({})",
    "e: {}",
)
ODD = [
    "", " ", "\t", "n/a", "NA", "none", "-", "?", "\x00", "ann\x00@x.org", "202\x00555\x000123", "🎉",
    "שלום עולם", "مرحبا 123",
    "\u202e123",
    "x" * 600, "1" * 600, "123 " + "a" * 480, "'", '"', "''; drop table x", "12 Main St\nApt 4", "ﬁ", "ǆ",
    "ß", "İstanbul 5", "ı",
    "ﬀ 5",
    "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "5.55E+09", "2.025550123E+09", "2025550123.0",
    "Å", "A\u030a", "K", "ſt", "12 ſt", "12 Oak Sſ",
    ",", ",,,",
    "Smith,", ", Ann", "Ann,,Smith", "@", "a@", "@b", "a@b@c.org", "1", "12", "123", "0", "00000", "PO Box 12", "P.O. Box 12",
    "po box #7", "RR 2 Box 5", "12 1/2 Oak St", "123-45 67th Ave", "Main St & Oak St", "123 Main St Apt 4, 123 Main St",
    "One Main Street",
    "c/o Smith, 12 Oak St", "St Mary's Convent, 12 Oak St", "12 Oak St, Apt 4, Boston, MA 02139", "General Delivery",
    "12  Oak   St",
]  # fmt: skip


STARTS = _cells("|||0|1|+1|+1 |+44 |+49|+34 |00|0049 |011|+|(0|+49 (0)|(|+353")
WRITTEN = _cells("{0}{1}{2}|{0} {1} {2}|{0}-{1}-{2}|{0}) {1}-{2}|{0}.{1}.{2}|({0}) {1}-{2}|{0}/{1}{2}")


def phones(draw: random.Random, count: int) -> list[str]:
    """Telephone numbers of many countries, in many ways of writing."""
    found = []
    for _ in range(count):
        digits = "".join(draw.choice("0123456789") for _ in range(draw.choice((6, 7, 8, 9, 9, 10, 10, 10, 11, 12))))
        start = draw.choice(STARTS)
        head, middle, tail = digits[:3], digits[3:6], digits[6:]
        written = draw.choice(WRITTEN)
        text = start + written.format(head, middle, tail)
        found.append(
            text
            + draw.choice(("", "", "", "", " ", " x12", " ext. 7", ";ext=3", ", 555", " cell", " / 2025550123", "  "))
        )
    return found


def emails(draw: random.Random, count: int) -> list[str]:
    """E-mail addresses, sound and unsound, with what is wrapped around them."""
    return [draw.choice(WRAPPED).format(f"{draw.choice(LOCALS)}@{draw.choice(DOMAINS)}") for _ in range(count)]


def names(draw: random.Random, count: int) -> list[str]:
    """Whole names, either part first."""
    found = []
    for _ in range(count):
        given, family, more = (
            draw.choice(GIVEN),
            draw.choice(FAMILY),
            draw.choice(("", "", " B.", " " + draw.choice(GIVEN))),
        )
        text = draw.choice(
            (f"{draw.choice(TITLES)}{given}{more} {family}", f"{family}, {given}{more}", f"{family},{given}", given)
        )
        found.append(draw.choice((text, text, text.upper(), text.lower(), f" {text}  ")))
    return found


def addresses(draw: random.Random, count: int) -> list[str]:
    """US addresses, usual and not."""
    found = []
    for _ in range(count):
        number = draw.choice((str(draw.randint(1, 99_999)),) * 6 + ("12A", "W246N123", "0", "1/2", ""))
        street = draw.choice(BEFORE) + draw.choice(STREETS) + " " + draw.choice(ENDS) + draw.choice(BEHIND)
        text = f"{number} {street}{draw.choice(FLATS)}{draw.choice(TAILS)}"
        found.append(draw.choice((text, text, text.upper(), text.lower())))
    return found


def addresses_elsewhere(draw: random.Random, count: int) -> list[str]:
    """Addresses of other countries, the number before the street or behind it."""
    found = []
    for _ in range(count):
        street = draw.choice(ELSEWHERE)
        number = f"{draw.randint(1, 400)}{draw.choice(('', '', '', 'a', ' b', '-3', ' bis'))}"
        text = draw.choice(
            (f"{street} {number}", f"{street}, {number}", f"{number} {street}", f"{number}, {street}", street)
        )
        text += draw.choice(AFTER)
        found.append(draw.choice((text, text, text.upper(), text.lower())))
    return found
