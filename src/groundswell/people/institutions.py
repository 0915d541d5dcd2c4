"""Addresses and names of houses where many live who are no household: homes, halls, barracks, prisons, convents."""

from __future__ import annotations

import re

from groundswell.people.values import folded

_WORDS = {
    "dormitory": r"DORM|DORMITORY|DORMITORIES|RESIDENCE HALL|HALLS? OF RESIDENCE|STUDENT (HOUSING|RESIDENCE|VILLAGE)"
    r"|RESIDENCIA (DE )?(ESTUDIANTES|ESTUDIANTIL|UNIVERSITARIA)|COLEGIO MAYOR|FRATERNITY|SORORITY",
    "care home": r"NURSING (HOME|CENTER|CENTRE|FACILITY)|CARE (HOME|CENTER|CENTRE)|REST HOME|ASSISTED LIVING|RETIREMENT "
    r"(HOME|VILLAGE|COMMUNITY|CENTER|CENTRE)|SENIOR LIVING|HOSPICE|RESIDENCIA (DE |PARA )?(LA )?(TERCERA EDAD|ANCIANOS"
    r"|MAYORES|PERSONAS MAYORES)|GERIATRICO|ASILO|HOGAR DE ANCIANOS|CENTRO GERIATRICO",
    "hospital": r"HOSPITAL|SANATORIUM|SANATORIO|CLINICA",
    "barracks": r"BARRACKS?|MILITARY BASE|ARMY BASE|AIR FORCE BASE|NAVAL (BASE|STATION)|CUARTEL|BASE (MILITAR|AEREA|NAVAL)",
    "prison": r"PRISON|JAIL|PENITENTIARY|CORRECTIONAL (FACILITY|CENTER|CENTRE|INSTITUTION)|DETENTION (CENTER|CENTRE)"
    r"|PRISION|CARCEL|PENITENCIARIA|CENTRO PENITENCIARIO",
    "convent": r"CONVENT|MONASTERY|ABBEY HOUSE|PRIORY HOUSE|CONVENTO|MONASTERIO",
    "shelter": r"HOMELESS SHELTER|RESCUE MISSION|NIGHT SHELTER|ALBERGUE|CASA DE ACOGIDA",
    "hotel": r"HOTEL|MOTEL|HOSTEL|HOSTAL",
}
# A street may be called after a house: Hospital Road, Calle Convento 5. What a street is called makes nobody an inmate.
_STREET = (
    r"(?! (?:[A-Z]+ )?(?:ST|STREET|AVE|AVENUE|AV|RD|ROAD|LN|LANE|DR|DRIVE|CT|PL|BLVD|WAY|HL|HILL|SQ|TER|CIR|STR)\b)"
)
_NUMBER = r"(?! [0-9]+[A-Z]?(?:$|,| [0-9]))"
_CALLED = r"(?<!\bC )(?<!\bAV )(?<!\bPL )(?<!\bPO )(?<!\bDEL )(?<!\bCALLE )(?<!\bDE )(?<!\bRUE )"
_KINDS = {
    kind: re.compile(
        rf"{_CALLED}\b(?:{words})\b{_STREET}{'' if kind in {'dormitory', 'care home'} else _NUMBER}",
    )
    for kind, words in _WORDS.items()
}
_ANY = re.compile(r"\b(?:" + "|".join(_WORDS.values()) + r")\b")


def institution_in(text: str | None) -> str | None:
    """Which kind of institution a text names, in English or Spanish; None where it names none.

    >>> institution_in("Sunny Hills Nursing Home, 5 Oak St"), institution_in("5 HOSPITAL RD")
    ('care home', None)
    """
    if not text:
        return None
    plain = folded(text)
    if not _ANY.search(plain):
        return None
    return next((kind for kind, words in _KINDS.items() if words.search(plain)), None)
