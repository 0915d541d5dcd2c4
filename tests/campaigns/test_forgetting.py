"""Somebody asks to be forgotten: nothing of them is left in any file, the others keep all that is theirs."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import groundswell
from conftest import once
from groundswell.campaigns.blocking import forgotten_hashes, secret_for, turned_away
from groundswell.campaigns.exporting import export
from groundswell.campaigns.folder import HIDDEN
from groundswell.campaigns.forgetting import NOTE, finish_forgetting, forget, own_rows
from groundswell.campaigns.standing import ledger_of
from groundswell.people import with_made
from groundswell.vocabulary import CampaignError, DataError
from rights import FORMS, HERS, SECOND, THIRD, WHO, Plug, StoppedError, everybody, found_in, living, person, rich, state
from spring import FIRST, LETTER, TOML, sheet, somebody
from tiny import as_csv, list_of
from workbook import write_workbook


@pytest.fixture(scope="module", params=["household", "person"])
def template(request, tmp_path_factory) -> Path:
    return once(tmp_path_factory, f"lived-{request.param}", lambda folder: living(folder, decide=request.param))


@pytest.fixture
def lived(template, tmp_path, pageless) -> groundswell.Campaign:
    """She lived in this campaign for two rounds."""
    return groundswell.open(shutil.copytree(template, tmp_path / "tiny"))


def rows_of_others(folder: Path) -> dict[str, list[dict[str, object]]]:
    """All rows of all tables but hers; those whose text or number may change are looked at elsewhere."""
    found = {}
    for path in sorted(folder.rglob("*.parquet")):
        rows = pq.read_table(path).to_pylist()
        columns = ("person", "~person", "id", "unit", "key")
        kept = [row for row in rows if WHO not in {str(row.get(name)).split(":")[-1] for name in columns}]
        found[path.relative_to(folder).as_posix()] = [
            {name: cell for name, cell in row.items() if name not in {"_row", "row", "what"}} for row in kept
        ]
    return found


def test_she_stands_in_no_byte_of_any_file_afterwards(lived):
    assert len({file for file, _ in found_in(lived.folder)}) > 15
    done = forget(lived.folder, WHO)
    assert found_in(lived.folder) == []
    assert (done.person, done.left, done.alike, done.already) == (WHO, (), (), False)
    assert not (lived.folder / HIDDEN / NOTE).exists()
    assert not [*lived.folder.rglob("learnt.gsw")]  # a number for each unit, hers among them


def test_the_others_keep_every_row_they_had(lived):
    before = rows_of_others(lived.folder)
    forget(lived.folder, WHO)
    after = rows_of_others(lived.folder)
    assert before.keys() == after.keys()
    for name, rows in before.items():
        if name.endswith("spoken.parquet"):  # whom she was to speak to is spoken to by nobody
            assert [row["person"] for row in after[name]] == [row["person"] for row in rows]
            assert [row for row in rows if row["messenger"] == "v2"] == [row for row in after[name] if row["messenger"]]
        elif "rejected" not in name:
            assert repr(after[name]) == repr(rows), name  # a blank is NaN, which is never the same


def test_the_others_bytes_in_the_campaigns_own_files_stay(lived):
    files = {name: (lived.folder / name).read_bytes() for name in ("people.csv", "events.csv", "volunteers.csv")}
    forget(lived.folder, WHO)
    lines = files["people.csv"].splitlines(keepends=True)
    assert (lived.folder / "people.csv").read_bytes() == b"".join(line for line in lines if WHO.encode() not in line)
    assert (lived.folder / "volunteers.csv").read_bytes() == files["volunteers.csv"].replace(
        f"v1,{WHO},5\n".encode(), b""
    )
    gone = f"{WHO},2026-09-01,school-fair\r\n".encode("utf-16-le")
    assert gone in files["events.csv"]
    assert (lived.folder / "events.csv").read_bytes() == files["events.csv"].replace(gone, b"")
    told = gzip.decompress((lived.folder / "remarks.csv.gz").read_bytes()).decode()
    assert told == "who,on,said\r\np6,2026-09-02,My wife somebody (call somebody at somebody) agrees\r\n"


def test_the_round_stays_as_it_was_planned_for_the_others(lived):
    summary = json.loads((lived.last.path / "summary.json").read_text())
    whys = {who: lived.why(who).as_json() for who in ("p5", "p30")}
    forget(lived.folder, WHO)
    assert lived.run(now=SECOND).summary == summary
    for who, told in whys.items():
        assert told | {"facts": [], "messengers": []} == lived.why(who).as_json() | {"facts": [], "messengers": []}


def test_why_leads_to_the_right_row_of_the_file_after_a_row_above_it_is_gone(lived):
    forget(lived.folder, WHO)
    rows = list_of(lived.folder / "people.csv")
    source = next(fact.source for fact in lived.why("p30").facts if fact.trait == "age")
    file, _, row = source.partition(", row ")
    assert file == "people.csv"
    assert rows[int(row) - 1]["id"] == "p30"


def test_the_campaign_goes_on_with_another_round(lived):
    forget(lived.folder, WHO)
    done = lived.run(now=THIRD, next_round=True)
    assert done.number == 3
    assert WHO not in done.decisions.arrow()["unit"].to_pylist()
    assert [row["round"] for row in lived.rounds()] == [1, 2, 3]
    assert found_in(lived.folder) == []


def test_undoing_imports_afterwards_brings_nothing_back(lived):
    forget(lived.folder, WHO)
    for one in lived.imports():
        lived.undo(one["number"], now=SECOND)
    assert found_in(lived.folder) == []


def test_forgetting_after_an_import_was_undone_takes_her_out_of_that_too(lived):
    lived.undo(1, now=SECOND)
    lived.undo(2, now=SECOND)
    forget(lived.folder, WHO)
    assert found_in(lived.folder) == []


def test_what_others_said_stays_in_the_ledger(lived):
    forget(lived.folder, WHO)
    with ledger_of(lived.settings) as ledger:
        assert [one.given for one in ledger.about("person", ["p5"]).consents] == [True]
        assert [one.reason for one in ledger.about("email", ["name5@example.org"]).suppressions] == ["bounced"]
        assert len(ledger.forgotten()) > 1


def test_a_letter_to_the_household_that_names_her_is_on_no_list_and_the_household_is_told_as_left_out(tiny):
    campaign = rich(tiny, replace={"at_most = 200": "at_most = 20000"})
    campaign.run(now=SECOND)
    place = campaign.last.path / "lists"
    header = list_of(place / "mail-merge.csv")
    other = header[0] if header else None
    line = dict.fromkeys(other or {}, "") if other else {}
    line |= {"key": "1:h3", "option": "letter/post", "household": "h3", "person": "p6", "propensity": "0.5"}
    line["text"] = "Dear Name6 Family3, QUIXLEY, ZOLTANA,"
    (place / "mail-merge.csv").write_bytes(("\ufeff" + as_csv([line]).replace("\n", "\r\n")).encode())
    left = [row for row in list_of(place / "left-out.csv") if row["unit"] != "h3"]
    (place / "left-out.csv").write_bytes(("\ufeff" + as_csv(left).replace("\n", "\r\n")).encode())
    forget(campaign.folder, WHO)
    assert list_of(place / "mail-merge.csv") == []
    assert list_of(place / "left-out.csv") == [*left, list_of(place / "left-out.csv")[-1]]
    assert list_of(place / "left-out.csv")[-1]["unit"] == "h3"
    assert list_of(place / "left-out.csv")[-1]["reason"] == "forgotten"


def test_lists_of_those_she_was_to_call_lose_her_name_and_not_their_lines(tiny):
    campaign = rich(tiny, decide="person")
    campaign.run(now=SECOND)
    place = campaign.last.path / "lists" / "call-list.csv"
    header = "key,option,messenger,messenger_name,household,person,name,text,propensity\r\n"
    place.write_text(
        f'{header}1:p3:p3,letter/phone,v1,"QUIXLEY, ZOLTANA",h1,p3,Name3 Family1,Hello,0.5\r\n', "utf-8-sig", newline=""
    )
    forget(campaign.folder, WHO)
    assert place.read_bytes().decode("utf-8-sig") == f"{header}1:p3:p3,letter/phone,,,h1,p3,Name3 Family1,Hello,0.5\r\n"


# Who comes again


def arriving(campaign: groundswell.Campaign, *rows: dict[str, str]) -> tuple[list[str], list[dict[str, object]]]:
    """Whom a file of these people brings, and what is told of the others."""
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]} | {"_row": range(1, len(rows) + 1)})
    made = with_made(table, campaign.settings.people.roles(), country=campaign.settings.country)
    kept, away = turned_away(campaign.settings, made, id_column="id", file="new.csv")
    return kept["id"].to_pylist(), away.to_pylist()


@pytest.fixture
def without_her(tiny) -> groundswell.Campaign:
    """A campaign that forgot her before anything else."""
    campaign = rich(tiny)
    forget(campaign.folder, WHO)
    return campaign


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"id": "x1", "email": "", "address": ""},
        {"id": "x1", "phone": "", "address": "", "name": "Zoltana Quixley"},
        {
            "id": "x1",
            "phone": "",
            "email": "",
            "name": "zoltana quixley",
            "address": "77 nightingale ln, springfield il 62704",
        },
        {"name": "Somebody Else", "phone": "", "email": "", "address": ""},
    ],
    ids=["the same row", "name and phone", "name and e-mail", "name and home", "the id alone"],
)
def test_she_is_turned_away_and_told_without_a_value(without_her, again):
    kept, away = arriving(without_her, person(1), person(7) | HERS | again)
    assert kept == ["p1"]
    assert [(row["row"], row["value"], row["reason"]) for row in away] == [
        (2, None, "this person asked to be forgotten")
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Mina Quixley"},
        {"name": "Zoltana Quixley", "phone": "", "email": "", "address": "1 Elm Street, Springfield, IL 62704"},
        {"name": "", "email": ""},
    ],
    ids=["a relative with the same telephone and home", "a namesake", "nobody knows the name"],
)
def test_whoever_only_looks_like_her_is_let_in(without_her, other):
    assert arriving(without_her, person(7) | HERS | {"id": "x1"} | other) == (["x1"], [])


def test_nothing_of_her_is_kept_by_what_keeps_her_out(without_her):
    assert len(forgotten_hashes(without_her.settings)) == 4
    assert found_in(without_her.folder) == []
    assert (without_her.folder / HIDDEN / "secret.key").stat().st_mode & 0o077 == 0


def test_her_file_copied_back_into_the_folder_lets_everybody_else_in(without_her):
    (without_her.folder / "people.csv").write_text(as_csv(everybody()))
    kept, away = turned_away(without_her.settings, own_rows(without_her.settings), id_column="id", file="people.csv")
    assert kept.num_rows == 59
    assert away["row"].to_pylist() == [8]


# What others have as well


def test_a_telephone_that_she_shares_stays_with_the_other_and_in_the_ledger(tiny):
    campaign = rich(tiny, hers={"phone": "(202) 444-0006"})
    campaign.suppress("(202) 444-0006", "do-not-call")
    forget(campaign.folder, WHO)
    assert (
        next(row for row in list_of(campaign.folder / "people.csv") if row["id"] == "p6")["phone"] == "(202) 444-0006"
    )
    with ledger_of(campaign.settings) as ledger:
        assert ledger.suppressed()["subject"].to_pylist() == ["+12024440006"]


def test_one_of_the_same_name_and_telephone_under_another_id_stays_and_is_told(tiny):
    rows = [*everybody(), person(60, name="Zoltana Quixley", phone="202-555-0187")]
    campaign = rich(lambda _, **more: tiny(rows, **more))
    assert forget(campaign.folder, WHO).alike == ("p60",)
    assert arriving(campaign, rows[-1], rows[7] | {"email": "", "address": ""})[0] == ["p60"]
    assert forget(campaign.folder, "p60").alike == ()
    assert arriving(campaign, person(1), rows[-1] | {"id": "x"}, rows[7] | {"id": "y"})[0] == ["p1"]


def test_a_manager_is_gone_from_the_rows_of_those_who_worked_for_her(tiny):
    rows = [row | {"boss": WHO if place in {3, 4} else ""} for place, row in enumerate(everybody())]
    campaign = rich(
        lambda _, **more: tiny(rows, **more), replace={'phone = "phone"': 'phone = "phone"\nmanager = "boss"'}
    )
    forget(campaign.folder, WHO)
    found = list_of(campaign.folder / "people.csv")
    assert len(found) == 59
    assert {row["boss"] for row in found} == {""}


def test_files_that_are_not_ours_are_told_and_not_touched(tiny):
    campaign = rich(tiny)
    notes = campaign.folder / "old" / "people-2024.csv.gz"
    notes.parent.mkdir()
    notes.write_bytes(gzip.compress(b"name\nzoltana quixley\n"))
    (campaign.folder / "me.gsbackup.tar.gz").write_bytes(b"\x1f\x8b")
    before = notes.read_bytes()
    assert forget(campaign.folder, WHO).left == ("me.gsbackup.tar.gz", "old/people-2024.csv.gz")
    assert notes.read_bytes() == before


# Kinds of files


def test_a_parquet_file_loses_her_row_and_keeps_all_else(tiny):
    campaign = rich(tiny, replace={"people.csv": "people.parquet"})
    table = pa.Table.from_pylist(everybody())
    pq.write_table(table, campaign.folder / "people.parquet", compression="gzip", row_group_size=5)
    (campaign.folder / "people.csv").unlink()
    forget(campaign.folder, WHO)
    left = pq.read_table(campaign.folder / "people.parquet")
    assert left.equals(table.filter(pa.compute.not_equal(table["id"], WHO)))
    assert found_in(campaign.folder) == []


def test_a_workbook_is_refused_before_anything_is_done(tiny):
    campaign = rich(tiny, replace={'path = "volunteers.csv"': 'path = "volunteers.xlsx"'})
    write_workbook(campaign.folder / "volunteers.xlsx", [["volunteer", "who", "hours"], ["v1", WHO, 5]])
    before = state(campaign.folder)
    with pytest.raises(DataError, match="volunteers") as refused:
        forget(campaign.folder, WHO)
    assert "by hand" in refused.value.hint
    assert {name: value for name, value in state(campaign.folder).items() if name in before} == before
    assert forgotten_hashes(campaign.settings) == frozenset()


def test_a_file_without_ids_is_refused(tiny):
    campaign = tiny()
    with pytest.raises(CampaignError, match="without ids"):
        forget(campaign.folder, "3")


def test_records_are_found_by_their_cells_and_taken_whole(tiny):
    rows = as_csv(everybody())
    odd = rows.replace(f"\n{WHO},", f'\n" {WHO} ",').replace("77 Nightingale Lane, ", '77 Nightingale Lane,\r\n""B"", ')
    campaign = rich(tiny, files={"people.csv": odd})
    assert '\n""B""' in (campaign.folder / "people.csv").read_bytes().decode()
    forget(campaign.folder, WHO)
    kept = [line for line in rows.splitlines(keepends=True) if WHO not in line]
    assert (campaign.folder / "people.csv").read_bytes().decode() == "".join(kept)


def test_a_quote_that_is_not_closed_takes_nobody_else_away(tiny):
    text = as_csv(everybody()) + f'p90,h45,"open\n{WHO},h46,her again\np91,h46,Name91\n'
    campaign = rich(tiny, files={"people.csv": text})
    forget(campaign.folder, WHO)
    left = (campaign.folder / "people.csv").read_text()
    assert 'p90,h45,"open\np91,h46,Name91\n' in left
    assert WHO not in left


def test_an_old_code_page_keeps_its_bytes(tiny):
    rows = [
        row | ({"name": "Zoltana Núñez"} if row["id"] == WHO else {"name": f"Peña {row['id']}"}) for row in everybody()
    ]
    text = as_csv(rows).encode("cp1252")
    campaign = rich(tiny, files={"people.csv": text})
    forget(campaign.folder, "Zoltana Núñez")
    kept = [line for line in text.splitlines(keepends=True) if WHO.encode() not in line]
    assert (campaign.folder / "people.csv").read_bytes() == b"".join(kept)


# Whom, and how often


def test_by_name_it_must_be_the_only_one(tiny):
    campaign = rich(tiny, hers={"name": "Name3 Family1"})
    with pytest.raises(CampaignError, match="2 people"):
        forget(campaign.folder, "name3 family1")
    with pytest.raises(CampaignError, match="no person") as nobody:
        forget(campaign.folder, "Name3 Famly")
    assert "Did you mean" in nobody.value.hint


def test_a_second_time_nothing_is_changed(lived):
    forget(lived.folder, WHO)
    before = state(lived.folder)
    assert forget(lived.folder, WHO).already
    assert state(lived.folder) == before


def test_a_file_that_was_all_hers_is_left_with_its_header_and_the_next_can_be_forgotten(tiny):
    campaign = rich(tiny, files={"volunteers.csv": f"volunteer,who,hours\nv1,{WHO},5\n"})
    forget(campaign.folder, WHO)
    assert (campaign.folder / "volunteers.csv").read_text() == "volunteer,who,hours\n"
    assert forget(campaign.folder, "p9").person == "p9"
    assert export(campaign.folder, "p5").person == "p5"


def test_who_stood_alone_in_the_campaigns_own_file_leaves_a_campaign_that_goes_on(tiny):
    campaign = tiny([somebody(7, id=WHO)], toml=TOML, messages={"letter": LETTER})
    more = sheet(campaign, "more.csv", [somebody(place) for place in range(30)])
    campaign.bring_in(more, "people", now=FIRST)
    forget(campaign.folder, WHO)
    assert (campaign.folder / "people.csv").read_text().count("\n") == 1
    assert campaign.run(now=FIRST).decisions.arrow().num_rows == 30


def test_a_file_with_only_a_header_is_still_a_mistake_where_nobody_was_forgotten(tiny):
    campaign = tiny([somebody(7)], toml=TOML, messages={"letter": LETTER})
    people = campaign.folder / "people.csv"
    people.write_text(people.read_text().splitlines()[0] + "\n")
    with pytest.raises(DataError, match="header but no rows"):
        campaign.run(now=FIRST)


# Killed when


def end_of(template: Path, place: Path) -> dict[str, object]:
    """What the folder is when nobody pulls the plug."""
    folder = Path(shutil.copytree(template, place))
    forget(folder, WHO)
    return sealed(state(folder))


def sealed(found: dict[str, object]) -> dict[str, object]:
    """Without what is another number each time: the ledger's revision, and a round's key, made of the times of its files."""
    other = ("standing.json", "round.json")
    return {name: sorted(json.loads(value)) if name.endswith(other) else value for name, value in found.items()}


@pytest.mark.parametrize("after", [False, True], ids=["before a change", "after a change"])
def test_whenever_it_is_stopped_it_is_finished_to_the_same_end(template, tmp_path, pageless, after):
    wanted, stopped = end_of(template, tmp_path / "whole" / "tiny"), 0
    for moment in [*range(4), *range(4, 400, 24)]:
        folder = Path(shutil.copytree(template, tmp_path / "stopped" / "tiny"))
        with pytest.MonkeyPatch.context() as patch:
            Plug(patch).pull(moment, after=after)
            try:
                forget(folder, WHO)
            except StoppedError:
                stopped += 1
            else:
                break
        if finish_forgetting(folder) is None and found_in(folder):  # nothing was written down yet, and nothing done
            assert moment <= 2
            forget(folder, WHO)
        assert sealed(state(folder)) == wanted, moment
        shutil.rmtree(folder)
    assert stopped > 4
    assert groundswell.open(folder).run(now=SECOND).number == 2


def test_killed_by_the_system_it_is_finished_by_the_next_command(template, tmp_path, pageless):
    folder = Path(shutil.copytree(template, tmp_path / "tiny"))
    killing = (
        "import os, signal, sys; from pathlib import Path; from groundswell.campaigns.forgetting import forget\n"
        "act, left = Path.replace, [12]\n"
        "def replace(path, to):\n"
        "    left[0] -= 1\n"
        "    os.kill(os.getpid(), signal.SIGKILL) if not left[0] else None\n"
        "    return act(path, to)\n"
        "Path.replace = replace\n"
        f"forget(Path(sys.argv[1]), {WHO!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", killing, str(folder)], check=False, env=dict(os.environ), timeout=300)
    assert done.returncode == -signal.SIGKILL
    note = folder / HIDDEN / NOTE
    assert note.stat().st_mode & 0o077 == 0
    assert found_in(folder)
    assert finish_forgetting(folder).person == WHO
    assert finish_forgetting(folder) is None
    assert found_in(folder) == []
    assert sealed(state(folder)) == end_of(template, tmp_path / "whole" / "tiny")


def test_a_stopped_one_is_finished_when_she_asks_again(template, tmp_path, pageless):
    folder = Path(shutil.copytree(template, tmp_path / "tiny"))
    with pytest.MonkeyPatch.context() as patch:
        Plug(patch).pull(20, after=True)
        with pytest.raises(StoppedError):
            forget(folder, WHO)
    assert not forget(folder, WHO).already
    assert found_in(folder) == []


@pytest.mark.parametrize("left", [b"", b"\0" * 300, b'\0\0 "person": "zq-0007"}'], ids=["cut", "overwritten", "begun"])
def test_a_note_that_was_being_removed_is_of_something_that_is_done(tiny, left):
    campaign = rich(tiny)
    forget(campaign.folder, WHO)
    (campaign.folder / HIDDEN / NOTE).write_bytes(left)
    assert finish_forgetting(campaign.folder) is None
    assert not (campaign.folder / HIDDEN / NOTE).exists()
    assert forget(campaign.folder, "p9").person == "p9"


def test_nobody_is_let_in_from_the_first_moment_on(template, tmp_path, pageless):
    folder = Path(shutil.copytree(template, tmp_path / "tiny"))
    with pytest.MonkeyPatch.context() as patch:
        Plug(patch).pull(1, after=False)
        with pytest.raises(StoppedError):
            forget(folder, WHO)
    campaign = groundswell.open(folder)
    assert f"{WHO},".encode() in (folder / "people.csv").read_bytes()
    assert arriving(campaign, person(7) | HERS)[0] == []


# Reckoned by the engine


def test_a_hash_of_the_engine_is_that_of_the_ledger(without_her):
    from groundswell.ledger import keyed_hash
    from groundswell.people.identity import hash_all

    texts = ["", "id:p1", "name é ß 日本 " * 40, "x" * 1000]
    for secret in (secret_for(without_her.settings), b"", b"k" * 64, b"k" * 200):
        assert hash_all(texts, secret) == {keyed_hash(secret, text) for text in texts}


def test_the_forms_the_search_looks_for_are_those_the_campaign_makes(lived):
    found = {form for _, form in found_in(lived.folder)}
    assert found == set(FORMS)
