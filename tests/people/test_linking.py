"""Who is the same person: relatives are not merged, errors are forgiven, and what cannot be done is said."""

from __future__ import annotations

import random
import warnings
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from groundswell.people import LINKED, LinkWarning, link
from groundswell.people.linking import nicknames
from groundswell.people.linking.clustering import ALWAYS, LARGEST, NEVER, cut
from groundswell.people.linking.grouping import Links, group
from groundswell.people.linking.linking import look, train
from groundswell.people.linking.records import parts_of, take_in
from groundswell.tables import Engine
from groundswell.vocabulary import DataError
from groundswell.worlds.lists import draw_lists
from groundswell.worlds.town.residents import blocks
from groundswell.worlds.town.visible import people_table
from people.linked import people, precision_and_recall, together

FEBRL = Path(__file__).resolve().parents[3] / "shared" / "data" / "febrl"
MAIL = "quillfeathers@example.org"
HOME = {"address": "12 Mill Lane", "city": "Barwick", "postcode": "60100", "phone": "(312) 555-0142"}


def crowd(seed: int = 0, rows: int = 600) -> list[dict[str, str | None]]:
    """People to learn from: with few rows nobody can know what is rare."""
    return [row for table in draw_lists(rows, seed=seed).tables.values() for row in table.to_pylist()]


def linked(*rows: dict[str, str]) -> list[str]:
    """The persons of these rows among a crowd."""
    return people(link([*rows, *crowd()]))[: len(rows)]


def person(first: str, last: str = "Quillfeather", born: str | None = "1961-04-17", **more: str | None) -> dict:
    return {"first_name": first, "last_name": last, "birth_date": born, **HOME, **more}


@pytest.mark.parametrize(
    ("what", "one", "other"),
    [
        ("the same", person("Margaret"), person("Margaret")),
        ("a nickname", person("Margaret"), person("Peggy")),
        ("an initial", person("Margaret"), person("M.")),
        ("a typing error", person("Margaret"), person("Magraret", "Quilfeather")),
        ("first and last in each other's place", person("Margaret"), person("Quillfeather", "Margaret")),
        ("a maiden name", person("Margaret"), person("Margaret", "Osterwood")),
        (
            "moved",
            person("Margaret"),
            person("Margaret", address="9 Elm Road", city="Dale", postcode="60777"),
        ),
        ("no day of birth", person("Margaret"), person("Margaret", born=None)),
        ("a day of birth with a wrong digit", person("Margaret"), person("Margaret", born="1961-04-11")),
        (
            "day and month in each other's place",
            person("Margaret", born="1961-04-11"),
            person("Margaret", born="1961-11-04"),
        ),
        ("accents and capitals", person("Mária", "Núñez"), person("MARIA", "NUNEZ")),
    ],
)
def test_one_person_is_one_whatever_happened_to_the_row(what, one, other):
    first, second = linked(one, other)
    assert first == second, what


@pytest.mark.parametrize(
    ("what", "one", "other"),
    [
        ("husband and wife", person("Walter", born="1959-01-30"), person("Margaret")),
        ("mother and daughter without days of birth", person("Margaret", born=None), person("Rosalind", born=None)),
        ("father and son of one name", person("Walter", born="1931-02-11"), person("Walter", born="1961-08-30")),
        ("a junior and a senior", person("Walter Sr", born=None), person("Walter Jr", born=None)),
        ("twins", person("Margaret"), person("Rosalind")),
        (
            "an e-mail address of the home",
            person("Walter", born=None, email=MAIL),
            person("Ida", born=None, email=MAIL),
        ),
    ],
)
def test_relatives_who_share_their_contacts_stay_two(what, one, other):
    first, second = linked(one, other)
    assert first != second, what


def test_a_third_record_does_not_make_one_of_two():
    """The household's row, "W. Quillfeather", could be either: it must not join them."""
    walter = person("Walter", born="1931-02-11")
    wilma = person("Wilma", born="1934-09-03")
    first, second, _ = linked(walter, wilma, person("W.", born=None))
    assert first != second


def test_two_birth_years_are_two_people_whoever_stands_between_them():
    """Father and son share their name, their home and their telephone; a third record without a birth date is one of them."""
    shared = {"phone": "555 0142", "email": "quillfeather@example.org", "address": "18 Ash Lane", "postcode": "12345"}
    father, son = (person("Walter", born=born, **shared) for born in ("1931-04-17", "1964-09-02"))
    first, second, _ = linked(father, son, person("Walter", born=None, **shared))
    assert first != second


def test_two_first_names_are_two_people_whoever_stands_between_them():
    shared = {"phone": "555 0142", "email": "quillfeather@example.org", "address": "18 Ash Lane", "postcode": "12345"}
    walter, irma = (person(name, born=None, **shared) for name in ("Walter", "Irma"))
    first, second, _ = linked(walter, irma, person("", born=None, **shared))
    assert first != second


def test_a_made_up_town_is_linked_as_the_issue_asks():
    found = draw_lists(20_000, seed=3)
    said = link(found.tables)
    precision, recall = precision_and_recall(found.truth.tolist(), people(said))
    assert precision >= 0.97
    assert recall >= 0.88
    assert said["source"].to_pylist()[:1] == ["list-1"]
    assert said["row"].to_pylist()[: found.tables["list-1"].num_rows] == list(range(found.tables["list-1"].num_rows))


def test_of_pairs_said_to_be_nine_in_ten_as_many_are_one_person(tmp_path):
    found = draw_lists(40_000, seed=7)
    with Engine(memory="2GB", spill=tmp_path) as engine:
        taken = take_in(engine, parts_of(engine, found.tables, None, tmp_path))
        weights = train(engine, taken, look(engine, taken), seed=0)
        rows = engine.table("select record from line order by nth")["record"].to_numpy()
        pairs = engine.table("select l, r, pattern from scored").to_pydict()
    who = np.zeros(taken.records, int)
    who[rows] = found.truth
    left, right, said = np.array(pairs["l"]), np.array(pairs["r"]), weights.probability(np.array(pairs["pattern"]))
    for least, most, tolerance in ((0.85, 0.95, 0.05), (0.5, 0.85, 0.06), (0.1, 0.5, 0.06), (0.99, 1.0, 0.01)):
        near = (said >= least) & (said <= most)
        assert near.sum() > 500
        assert abs((who[left] == who[right])[near].mean() - said[near].mean()) <= tolerance, (least, most)


needs_febrl = pytest.mark.skipif(not FEBRL.exists(), reason="no FEBRL lists beside this checkout")


@needs_febrl
@pytest.mark.parametrize("files", [["dataset1"], ["dataset4a", "dataset4b"]])
def test_febrl_without_the_social_security_number(files):
    tables = [pd.read_csv(FEBRL / f"{file}.csv.gz", dtype=str, skipinitialspace=True) for file in files]
    truth = pd.concat(tables)["rec_id"].str.extract(r"rec-(\d+)")[0].to_list()
    said = link([table.drop(columns=["rec_id", "soc_sec_id"]) for table in tables])
    precision, recall = precision_and_recall(truth, people(said))
    assert precision >= 0.999
    assert recall >= 0.992


def test_the_order_of_rows_and_of_tables_changes_nothing():
    found = draw_lists(3_000, seed=5)
    names = list(found.tables)
    before = link(found.tables)
    by_row = dict(
        zip(zip(before["source"].to_pylist(), before["row"].to_pylist(), strict=True), people(before), strict=True)
    )
    mixed = {
        name: random.Random(1).sample(range(found.tables[name].num_rows), found.tables[name].num_rows) for name in names
    }
    after = link({name: found.tables[name].take(mixed[name]) for name in reversed(names)})
    places = [(name, place) for name in reversed(names) for place in mixed[name]]
    assert people(after) == [by_row[place] for place in places]


def test_any_kind_of_table():
    rows = [person("Margaret"), person("Peggy"), person("Walter", born="1959-01-30")]
    frame = pd.DataFrame(rows)
    kinds = [frame, pl.DataFrame(rows), pa.Table.from_pylist(rows), rows, duckdb.from_df(frame)]
    for table in kinds:
        found = link(table)
        assert LINKED.check(found).num_rows == 3
        assert together(found) == {frozenset({0, 1}), frozenset({2})}, type(table)


def test_of_several_tables_each_has_its_own_columns():
    shop = [{"Full Name": "Margaret Quillfeather", "E-mail": "mq@example.org", "Tel": "1"}]
    club = [{"surname": "Quillfeather", "given_name": "Peggy", "email": "MQ@example.org ", "city": "Dale"}]
    found = link({"shop": shop, "club": club})
    assert found["source"].to_pylist() == ["shop", "club"]
    assert len(set(people(found))) == 1
    assert all(0.9 <= each <= 1 for each in found["match_probability"].to_pylist())


def test_who_is_alone_has_no_probability():
    found = link([person("Margaret"), {"first_name": "Tom", "last_name": "Barley"}])
    assert found["match_probability"].to_pylist() == [None, None]


@pytest.mark.parametrize("rows", [[{"shoe size": "43"}] * 2, [{"sex": "f", "city": "Dale"}] * 3])
def test_where_no_column_tells_who_somebody_is_nobody_is_linked_and_it_says_so(rows):
    with pytest.warns(LinkWarning, match="no column tells"):
        found = link(rows)
    assert len(set(people(found))) == len(rows)


def test_a_table_without_rows():
    assert link(pa.table({"phone": pa.array([], pa.string())})).num_rows == 0


def test_one_column_alone_links_only_what_is_rare():
    names = [{"last_name": name} for name in [*["Smith"] * 40, *(f"Only{chr(97 + place)}ne" for place in range(20))]]
    assert len(set(people(link(names)))) == len(names)


def test_a_value_that_everybody_has_ties_nobody():
    rows = crowd()
    spoilt = [{**row, "email": "noemail@noemail.com", "phone": "000-0000"} for row in rows]
    without = [{**row, "email": None, "phone": None} for row in rows]
    # Who really shared an e-mail address is no longer known, so a few may differ; nobody is tied by it.
    pairs, fewer = (sum(len(its) > 1 for its in together(link(each))) for each in (spoilt, without))
    assert abs(pairs - fewer) <= 0.03 * fewer


def test_a_hundred_thousand_equal_rows():
    known = pa.table(
        {
            "first_name": ["Margaret"] * 100_000,
            "last_name": ["Quillfeather"] * 100_000,
            "phone": ["312 555 0142"] * 100_000,
        }
    )
    assert len(set(people(link(known)))) == 1
    unknown = pa.table({"email": ["noemail@noemail.com"] * 100_000, "city": ["Dale"] * 100_000})
    assert len(set(people(link(unknown)))) == 100_000


def test_a_hundred_thousand_who_share_all_but_their_number():
    rows = pa.table(
        {"first_name": ["Ann"] * 100_000, "city": ["Dale"] * 100_000, "unit": [f"u{place}" for place in range(100_000)]}
    )
    with pytest.warns(LinkWarning, match="100,000 records were compared with nobody"):
        found = link(rows)
    assert len(set(people(found))) == 100_000


def test_names_in_other_letters():
    rows = [
        {"first_name": "Ελένη", "last_name": "Παπαδοπούλου", "birth_date": "1970-01-02"},
        {"first_name": "ΕΛΕΝΗ", "last_name": "ΠΑΠΑΔΟΠΟΥΛΟΥ", "birth_date": "1970-01-02"},
        {"first_name": "小明", "last_name": "王", "birth_date": "1980-05-06"},
        {"first_name": "小明", "last_name": "王", "birth_date": "1980-05-06"},
        {"first_name": "Владимир", "last_name": "Соколов", "birth_date": "1955-11-30"},
        {"first_name": "محمد", "last_name": "الأحمد", "birth_date": "1966-03-04"},
    ]
    assert together(link([*rows, *crowd()])) >= {frozenset({0, 1}), frozenset({2, 3}), frozenset({4}), frozenset({5})}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"columns": {"telephone": "tel"}}, "There is no role"),
        ({"columns": {"phone": "tle"}}, "There is no column"),
        ({"threshold": 1.5}, "no probability"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_hint(more, told):
    with pytest.raises(DataError, match=told) as caught:
        link([{"tel": "1"}], **more)
    assert caught.value.hint


def test_without_the_package_of_nicknames_it_says_so(monkeypatch):
    monkeypatch.setattr(nicknames, "find_spec", lambda _: None)
    with pytest.warns(LinkWarning, match="extra link"):
        link([person("Bill"), person("William")])


def test_nothing_is_said_where_nothing_is_amiss():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        link(crowd())


def test_two_who_cannot_be_one_are_parted_and_what_was_answered_holds():
    chain = {(0, 1): 12.0, (1, 2): 11.0, (0, 2): NEVER}
    assert cut([0, 1, 2], chain, least=3.0) == [[0, 1], [2]]
    assert cut([0, 1, 2], chain | {(0, 2): ALWAYS}, least=3.0) == [[0, 1, 2]]
    # Without one sure link between them two groups stay two, however little speaks against it.
    assert cut(
        [0, 1, 2, 3], {(0, 1): 9.0, (2, 3): 9.0, (0, 2): 2.0, (0, 3): 2.0, (1, 2): 2.0, (1, 3): 2.0}, least=3.0
    ) == [[0, 1], [2, 3]]


def test_a_chain_of_thousands_falls_apart_at_its_weakest_links(tmp_path):
    found = draw_lists(3 * LARGEST, seed=1)
    with Engine() as engine:
        taken = take_in(engine, parts_of(engine, found.tables, None, tmp_path))
        weights = train(engine, taken, look(engine, taken), seed=0)
        ids = np.arange(taken.records - 1)
        links = Links(ids, ids + 1, np.where(ids % 50 == 49, 4.0, 30.0))
        result = group(engine, taken.records, weights, links, least=3.2)
    assert result.broken == taken.records
    assert len(set(result.label.tolist())) > taken.records * 0.5


def test_on_a_list_without_any_double_everybody_stays_themselves():
    """Namesakes with numbered e-mail addresses, couples, and three young people of one home, two of them called Fred.

    Where nobody stands twice, "the same person" must not be learnt from couples: one of one age and one home is not one.
    """
    rows = pa.concat_tables([people_table(block) for block in blocks(20_000, 0)])
    rows = rows.select(["full_name", "phone", "email", "address", "born"])
    found = people(link(pa.table({name: rows[name].cast(pa.string()) for name in rows.column_names})))
    young = [
        at
        for at, name in enumerate(rows["full_name"].to_pylist())
        if name in {"Fred Heathcote", "Zach Vale", "Fred Dale"}
    ]
    home = [at for at in young if rows["address"][at].as_py() == "352 Belmont Road"]
    assert len(home) == len({found[at] for at in home}) == 3
    # Dora Nettles and Dora Kettle, of one home, one telephone and one year, are one as far as anybody can tell.
    assert len(set(found)) >= rows.num_rows - 1
