"""The words of streets: what post offices shorten, and how; a street's name in one form."""

from __future__ import annotations

import re

from groundswell.people.values import folded, words_in

DIRECTIONS = {
    "NORTH": "N",
    "SOUTH": "S",
    "EAST": "E",
    "WEST": "W",
    "NORTHEAST": "NE",
    "NORTHWEST": "NW",
    "SOUTHEAST": "SE",
    "SOUTHWEST": "SW",
}
_DIRECTIONS = DIRECTIONS | {short: short for short in DIRECTIONS.values()}

# Standard form of the US Postal Service (publication 28) <- how it is written.
_SUFFIXES = {
    "ALY": "ALLEY ALLEE ALLY", "ANX": "ANNEX", "ARC": "ARCADE", "AVE": "AVENUE AV AVEN AVENU AVN", "BCH": "BEACH",
    "BND": "BEND", "BLF": "BLUFF",
    "BLVD": "BOULEVARD BOUL BOULV BLVRD", "BR": "BRANCH BRNCH", "BRG": "BRIDGE", "BRK": "BROOK",
    "BYP": "BYPASS", "CYN": "CANYON", "CSWY": "CAUSEWAY", "CTR": "CENTER CENTRE CNTR CENT", "CIR": "CIRCLE CIRC CRCL CIRCL",
    "CLF": "CLIFF", "CLB": "CLUB", "CMN": "COMMON", "COR": "CORNER", "CRSE": "COURSE", "CT": "COURT CRT", "CTS": "COURTS",
    "CV": "COVE", "CRK": "CREEK", "CRES": "CRESCENT CRSENT", "XING": "CROSSING CRSSNG", "XRD": "CROSSROAD", "DL": "DALE",
    "DR": "DRIVE DRIV DRV", "EST": "ESTATE", "ESTS": "ESTATES", "EXPY": "EXPRESSWAY EXPWY",
    "EXT": "EXTENSION", "FLS": "FALLS",
    "FRY": "FERRY", "FLD": "FIELD", "FLDS": "FIELDS", "FRD": "FORD", "FRST": "FOREST", "FRK": "FORK", "FT": "FORT",
    "FWY": "FREEWAY", "GDN": "GARDEN", "GDNS": "GARDENS", "GTWY": "GATEWAY", "GLN": "GLEN", "GRN": "GREEN", "GRV": "GROVE",
    "HBR": "HARBOR", "HVN": "HAVEN", "HTS": "HEIGHTS", "HWY": "HIGHWAY HIWAY HWAY", "HL": "HILL", "HLS": "HILLS",
    "HOLW": "HOLLOW", "IS": "ISLAND", "JCT": "JUNCTION", "KNL": "KNOLL", "KNLS": "KNOLLS", "LK": "LAKE", "LKS": "LAKES",
    "LNDG": "LANDING", "LN": "LANE", "LOOP": "LOOPS", "MALL": "", "MNR": "MANOR", "MDW": "MEADOW", "MDWS": "MEADOWS",
    "ML": "MILL", "MLS": "MILLS", "MT": "MOUNT", "MTN": "MOUNTAIN", "ORCH": "ORCHARD", "OVAL": "", "PARK": "PARKS PRK",
    "PKWY": "PARKWAY PKY PARKWY PKWAY", "PASS": "", "PATH": "PATHS", "PIKE": "PIKES", "PNE": "PINE", "PNES": "PINES",
    "PL": "PLACE", "PLN": "PLAIN", "PLNS": "PLAINS", "PLZ": "PLAZA", "PT": "POINT", "PTS": "POINTS", "PRT": "PORT",
    "PR": "PRAIRIE", "RNCH": "RANCH", "RDG": "RIDGE", "RIV": "RIVER", "RD": "ROAD", "RDS": "ROADS", "RTE": "ROUTE",
    "ROW": "", "RUN": "", "SHR": "SHORE", "SHRS": "SHORES", "SPG": "SPRING", "SPGS": "SPRINGS", "SPUR": "SPURS",
    "SQ": "SQUARE SQR SQRE", "STA": "STATION", "STRM": "STREAM", "ST": "STREET STR STRT", "SMT": "SUMMIT",
    "TER": "TERRACE TERR", "TRCE": "TRACE", "TRL": "TRAIL TRAILS", "TPKE": "TURNPIKE TRNPK TPK", "UN": "UNION",
    "VLY": "VALLEY",
    "VW": "VIEW", "VLG": "VILLAGE", "VIS": "VISTA", "WALK": "WALKS", "WAY": "WY", "WAYS": "", "XRDS": "CROSSROADS",
}  # fmt: skip
SUFFIXES = {word: short for short, words in _SUFFIXES.items() for word in [short, *words.split()]}
"""How a US street's last word is written -> its standard form."""

# These end a street wherever they stand, so that what follows them is a town; LAKE or PARK may be part of a name.
_ENDS = words_in("ST STREET AVE AVENUE RD ROAD BLVD BOULEVARD DR DRIVE LN LANE CT COURT")
_NUMBERED = words_in("HIGHWAY HWY ROAD RD ROUTE RTE")
_WHOSE = words_in("STATE US COUNTY CO")
CITIES = {"SAINT": "ST", "MOUNT": "MT", "FORT": "FT"}
"""How the first words of many places' names are shortened."""
_ORDINALS = {
    "FIRST": "1ST", "SECOND": "2ND", "THIRD": "3RD", "FOURTH": "4TH", "FIFTH": "5TH", "SIXTH": "6TH", "SEVENTH": "7TH",
    "EIGHTH": "8TH", "NINTH": "9TH", "TENTH": "10TH", "ELEVENTH": "11TH", "TWELFTH": "12TH",
}  # fmt: skip

# Streets elsewhere: Spanish, German, French, English; the short form only has to be the same for all ways to write it.
WORDS = {
    word: short
    for short, words in {
        "AV": "AVENUE AVENIDA AVDA AVD AVE", "BD": "BOULEVARD BVD BLVD BUL BULEVAR BOUL", "CALLE": "CL CLLE",
        "CHE": "CHEMIN CHEM", "CRES": "CRESCENT", "CT": "COURT", "CTRA": "CARRETERA CRTA", "CAM": "CAMINO CNO",
        "DR": "DRIVE", "GDNS": "GARDENS", "GR": "GROVE", "IMP": "IMPASSE", "LN": "LANE", "PG": "PASSAGE PASAJE PJE PSJE",
        "PL": "PLACE PLAZA PLATZ PZA PLZA PLCE", "PO": "PASEO PSO", "QU": "QUAI", "RD": "ROAD", "RTE": "ROUTE",
        "RDA": "RONDA", "SQ": "SQUARE", "ST": "STREET SAINT", "STR": "STRASSE", "TER": "TERRACE", "TRVA": "TRAVESIA TRAV",
        "URB": "URBANIZACION",
    }.items()
    for word in words.split()
}  # fmt: skip
_JOINED = re.compile(r"(?<=[A-Z]{2})(STRASSE|STR)$")
_BETWEEN = re.compile(r"[^A-Z0-9]+")
_INITIALS = re.compile(r"\b([A-Z])\.(?=[A-Z]\b)")


def us_street(text: str) -> str | None:
    """A US street without number and flat, in the standard form; None where it is not plain where it begins and ends.

    >>> us_street("N. Main Street"), us_street("Saint Charles Avenue"), us_street("Main Street Springfield")
    ('N MAIN ST', 'ST CHARLES AVE', None)
    """
    words = street_words(text)
    found = _plain_us(words)
    if found is None:
        return None
    again = found.split(" ")
    return found if again == words or _plain_us(again) == found else None


def _plain_us(words: list[str]) -> str | None:
    body = _body(words)
    if not body or not words:
        return None
    if len(words) > 1 and words[-1].isdigit() and words[-2] in _NUMBERED:
        return us_standard(words) if all(word in _WHOSE for word in words[:-2]) else None
    if len(body) == 1:
        # A word alone is a street if nothing else could be meant (Broadway); NORTH AVE could be both.
        return us_standard(words) if len(words) == 1 and words[0] not in _DIRECTIONS | SUFFIXES else None
    named = body[:-1]
    if body[-1] not in SUFFIXES or any(word in _ENDS for word in named[1:]):
        return None
    unclear = named[0] in SUFFIXES and (named[0] != "ST" or len(words) > len(body)) and named[0] in _ENDS
    return None if unclear or all(word in _DIRECTIONS for word in named) else us_standard(words)


def us_standard(words: list[str]) -> str:
    """The words of a US street in the standard form, wherever it begins and ends.

    >>> us_standard(["NORTH", "FIFTH", "AVENUE", "WEST"]), us_standard(["NORTH", "AVENUE"])
    ('N 5TH AVE W', 'NORTH AVE')
    """
    body = _body(words)
    if not body:
        return " ".join(words)
    start = words.index(body[0]) if words[0] in _DIRECTIONS and len(words) > len(body) and words[0] != body[0] else 0
    before, after = words[:start], words[start + len(body) :]
    *named, last = body
    if not named:
        return " ".join(
            [*_short(before), body[0] if before or after else _ORDINALS.get(body[0], body[0]), *_short(after)]
        )
    if last.isdigit():
        named = [SUFFIXES.get(word, word) if place == len(named) - 1 else word for place, word in enumerate(named)]
    elif last not in SUFFIXES:
        named[0] = SUFFIXES.get(named[0], named[0])
    if len(named) == 1:
        named = [_ORDINALS.get(named[0], named[0])]
    found = [*_short(before), *(CITIES.get(word, word) for word in named), SUFFIXES.get(last, last), *_short(after)]
    return " ".join(found)


def street_words(text: str) -> list[str]:
    """The words of a street, in capitals, without accents and points.

    >>> street_words("Martin Luther-King Jr. Blvd.")
    ['MARTIN', 'LUTHER', 'KING', 'JR', 'BLVD']
    """
    if text.isascii() and text.replace(" ", "").isalnum():
        return text.upper().split()
    plain = folded(text).replace("'", "").replace("’", "")
    return [word for word in _BETWEEN.split(_INITIALS.sub(r"\1", plain)) if word]


def short_word(word: str) -> str:
    """A word of a street outside the USA, shortened as all its ways to be written are.

    >>> [short_word(word) for word in ("HAUPTSTRASSE", "HAUPTSTR", "CALLE", "MAYOR")]
    ['HAUPTSTR', 'HAUPTSTR', 'CALLE', 'MAYOR']
    """
    return WORDS.get(word) or _JOINED.sub("STR", word)


def _body(words: list[str]) -> list[str]:
    """The words of a street without the directions before and behind it; what is left has a name at least."""
    body = list(words)
    if len(body) > 2 and body[-1] in _DIRECTIONS and body[-2] in SUFFIXES:
        body = body[:-1]
    named = len(body) - (body[-1] in SUFFIXES) if body else 0
    if named > 1 and body[0] in _DIRECTIONS:
        body = body[1:]
    return body


def _short(words: list[str]) -> list[str]:
    return [_DIRECTIONS.get(word, word) for word in words]
