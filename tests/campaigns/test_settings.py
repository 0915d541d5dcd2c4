"""A campaign file says what it means, or an error says which key is wrong, what was expected and what to do."""

from __future__ import annotations

import os

import pytest

import groundswell
from groundswell.campaigns import load_settings
from groundswell.vocabulary import CampaignError, SettingsError
from tiny import TOML, write_tiny

WHOLE = ("file", "key", "found", "expected", "hint")


def refused(campaign: groundswell.Campaign) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load_settings(campaign.folder, campaign.sets)
    for error in (caught.value, *caught.value.others):
        assert error.file, error.message
        assert error.hint, error.message
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "key", "hint"),
    [
        ('name = "Tiny"', 'nam = "Tiny"', "nam", 'Did you mean "name"?'),
        ("at_most = 10 }", "atmost = 10 }", "limits.budget.atmost", 'Did you mean "at_most"?'),
        ("household =", "houshold =", "sources.people.houshold", 'Did you mean "household"?'),
        ("reaches =", "reach =", "channels.post.reach", 'Did you mean "reaches"?'),
        ("drawn = {", "drown = {", "sources.people.past.drown", 'Did you mean "drawn"?'),
        ('purpose = "voters"', 'purpose = "voter"', "purpose", None),
        ("format = 1", "format = 2", "format", None),
        ("cost = 0.60", 'cost = "a lot"', "channels.post.cost", None),
        ("cost = 0.60", "cost = { letter = 'x' }", "channels.post.cost", None),
        ('age = "2006 - yob"', "age = 7", "traits.age", None),
        ('age = "2006 - yob"', "age = { sql = 'yob', typ = 'number' }", "traits.age.typ", 'Did you mean "type"?'),
        ("at_most = 10 }", "at_most = -1 }", "limits.budget.at_most", None),
        ("at_most = 10 }", "at_most = inf }", "limits.budget.at_most", None),
        ("at_most = 10 }", "at_most = nan }", "limits.budget.at_most", None),
        ("value = 40", "value = inf", "actions.vote.value", None),
        ("cost = 0.60", "cost = nan", "channels.post.cost", None),
        ("cost = 0.60", "cost = -0.60", "channels.post.cost", None),
        ("cost = 0.60", "uses = { hours = -1 }", "channels.post.uses.hours", None),
        ("cost = 0.60", "cost = { leter = 1 }", "channels.post.cost", 'Did you mean "letter"?'),
        ("goal = true, ", "", "actions", "Write  vote = { goal = true }."),
        ("vote = {", "give = { goal = true }\nvote = {", "actions", "Keep one of them."),
        ("vote = {", "Vote = {", "actions.Vote", 'Call it "vote".'),
        ("vote = {", "nothing = {", "actions.nothing", None),
        ("age =", "person =", "traits.person", None),
        ("age =", "household_size =", "traits.household_size", None),
        ('age = "2006 - yob"', 'age = "2006 - yob"\nhousehold_age = "yob"', "traits.household_age", None),
        ('age = "2006 - yob"', "'their age' = \"2006 - yob\"", "traits.their age", 'Call it "their-age".'),
        ('"30 days"', '"a month"', "limits.patience.within", 'Write it as "30 days".'),
        ('"30 days"', '"0 days"', "limits.patience.within", 'Write it as "30 days".'),
        ('"30 days"', '"999999999 days"', "limits.patience.within", 'Write it as "30 days".'),
        ('of = "money"', 'of = "mony"', "limits.budget.of", 'Did you mean "money"?'),
        ('"letter/post"', '"lettr/post"', "sources.people.past.options.Letter", 'Did you mean "letter"?'),
        ('"letter/post"', '"letter/pots"', "sources.people.past.options.Letter", 'Did you mean "post"?'),
        ('"letter/post"', '"letter"', "sources.people.past.options.Letter", None),
        ('Control = "nothing"', 'Control = "letter/post"', "sources.people.past.options", None),
        ('drawn = { by = "household", within = "block" }', "", "sources.people.past", None),
        ("drawn =", 'propensity = "p"\ndrawn =', "sources.people.past", None),
        ('by = "household"', 'by = "person"', "sources.people.past.drawn.by", None),
        ('household = "home"\n', "", "sources.people.household", None),
        ('outcomes = { vote = "voted" }', "", "sources.people.outcomes", None),
        ('outcomes = { vote = "voted" }', 'outcomes = { votes = "voted" }', "sources.people.outcomes", None),
        ('decide = "household"', 'timezone = "Mars/Olympus"\ndecide = "household"', "timezone", None),
        ('decide = "household"', 'timezone = "America"\ndecide = "household"', "timezone", None),
        ('decide = "household"', 'timezone = ""\ndecide = "household"', "timezone", None),
        ('decide = "household"', 'decide = "person"', "channels.post.reaches", None),
        ("[limits]", "[learning]\nexplore = 0.001\n[limits]", "learning.explore", None),
        ("[limits]", "[learning]\nexplore = 0.6\nholdout = 0.5\n[limits]", "learning", None),
        ("[limits]", "[learning]\nholdout_everywhere = 0.02\n[limits]", "learning.holdout_key", None),
        (
            "[limits]",
            "[learning]\nexplore = 0.5\nholdout = 0.3\nholdout_everywhere = 0.3\nholdout_key = 'x'\n[limits]",
            "learning",
            None,
        ),
        ("[limits]", "[sources.events]\npath = 'x'\n[limits]", "sources.events.person", None),
    ],
)
def test_a_slip_in_the_campaign_file_is_told_with_its_key(old, new, key, hint, tmp_path):
    error = refused(write_tiny(tmp_path, replace={old: new}))
    assert error.key == key
    assert hint is None or error.hint == hint


def test_every_slip_is_told_at_once(tmp_path):
    campaign = write_tiny(
        tmp_path, replace={'of = "money"': 'of = "mony"', "vote = {": "Vote = {", '"30 days"': '"soon"'}
    )
    error = refused(campaign)
    assert {"actions.Vote", "limits.budget.of", "limits.patience.within"} <= {
        error.key,
        *(one.key for one in error.others),
    }
    assert [one.key for one in campaign.check()] == [error.key, *(one.key for one in error.others)]


def test_columns_expressions_and_texts_are_checked_together(tmp_path):
    campaign = write_tiny(
        tmp_path,
        replace={
            '"2006 - yob"': '"2006 - yobb"',
            "[limits]": "[limits]\nwest = { of = 'money', at_most = 1, where = 'side = 1' }",
        },
        messages={"letter": "# post\nDear {{ person.nam }}"},
    )
    assert {error.key for error in campaign.check()} == {"traits.age", "limits.west.where", "# post"}
    campaign = write_tiny(tmp_path, replace={'"home"': '"homes"', '"voted"': '"vote"'})
    assert sorted(error.hint for error in campaign.check()) == ['Did you mean "home"?', 'Did you mean "voted"?']


def test_a_trait_may_not_read_what_happened_in_the_experiment(tmp_path):
    for column in ("voted", "treatment"):
        (error,) = write_tiny(tmp_path, replace={'"2006 - yob"': f"\"{column} = 'x'\""}).check()
        assert error.key == "traits.age"
        assert "before the experiment" in error.expected


def test_a_hostile_template_is_found_before_the_run(tmp_path):
    (error,) = write_tiny(tmp_path, messages={"letter": "# post\n{% for i in (1..100000000) %}{% endfor %}"}).check()
    assert (error.key, error.found) == ("# post", "loop iteration limit reached")


def test_a_message_for_what_there_is_not_is_an_error(tmp_path):
    texts = {
        "topics": "+++\ntopics = ['x']\n+++\n# post\nHi",
        "ask": "+++\nask = 'votes'\n+++\n# post\nHi",
        "# posts": "# post\nHi\n# posts\nHi",
    }
    for key, text in texts.items():
        assert refused(write_tiny(tmp_path, messages={"letter": text})).key == key
    folder = write_tiny(tmp_path / "none", messages={}, replace={', Letter = "letter/post"': ""})
    assert refused(folder).message == "There is no message."


def test_it_is_said_once_who_acted_and_how_much(tmp_path):
    outcomes = '[sources.outcomes]\npath = "acted.csv"\nperson = "id"\naction = "what"\n'
    assert refused(write_tiny(tmp_path, toml=TOML + outcomes)).key == "sources.people.outcomes.vote"
    amount = {'outcomes = { vote = "voted" }': "", "goal = true, ": 'goal = true, kind = "amount", '}
    assert refused(write_tiny(tmp_path, toml=TOML + outcomes, replace=amount)).key == "sources.outcomes.amount"


@pytest.mark.parametrize(
    "content", [b"format = 1\nname =", b"\xff\xfe", "format = 1".encode("utf-16"), b"a = " + b"[" * 9_999]
)
def test_a_campaign_file_that_is_no_toml_is_a_clear_error(content, tmp_path):
    campaign = write_tiny(tmp_path, files={"campaign.toml": content})
    (error,) = campaign.check()
    assert "cannot be read as TOML" in error.message
    assert error.hint


def test_a_mark_at_the_beginning_of_the_file_does_not_matter(tmp_path):
    assert write_tiny(tmp_path, files={"campaign.toml": b"\xef\xbb\xbf" + TOML.encode()}).check() == []


def test_a_folder_without_a_campaign_is_an_error(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(CampaignError, match="There is no campaign") as caught:
            groundswell.open(folder)
        assert "groundswell demo" in caught.value.hint


# What-ifs


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("limits.budget.at_most=+10%", 11.0),
        ("limits.budget.at_most=-50%", 5.0),
        ("limits.budget.at_most=+2.5%", 10.25),
        ("limits.budget.at_most = 27_000", 27_000.0),
        ("limits.budget.at_most=0", 0.0),
    ],
)
def test_a_what_if_changes_a_value_and_leaves_the_file_alone(text, value, tmp_path):
    folder = write_tiny(tmp_path).folder
    assert groundswell.open(folder, sets=(text,)).settings.limits[0].at_most == value
    assert groundswell.open(folder).settings.limits[0].at_most == 10
    assert groundswell.open(folder, sets=(text,)).settings.key != groundswell.open(folder).settings.key


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("limits.budget.at_most", "--set", None),
        ("=5", "--set", None),
        ("", "--set", None),
        ("name=+10%", "--set", "Give the whole value."),
        ("limits.budget.atmost=+10%", "--set", 'Did you mean "at_most"?'),
        ("name.first=x", "--set", "Set name itself."),
        ("limits.budget.at_most=a lot", "limits.budget.at_most", None),
        ("limit.budget.at_most=5", "limit", 'Did you mean "limits"?'),
        ("a..b=1", "a", None),
    ],
)
def test_a_what_if_that_is_none_is_a_clear_error(text, key, hint, tmp_path):
    folder = write_tiny(tmp_path).folder
    error = refused_with(folder, text)
    assert error.key == key
    assert hint is None or error.hint == hint


def refused_with(folder, text) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load_settings(folder, (text,))
    return caught.value


def test_a_bare_text_needs_no_quotes_in_a_what_if(tmp_path):
    folder = write_tiny(tmp_path).folder
    assert groundswell.open(folder, sets=("name=Another name",)).settings.spec.name == "Another name"
    assert groundswell.open(folder, sets=("traits.age=2010 - yob",)).settings.traits[0].sql == "2010 - yob"


def test_a_path_in_a_what_if_counts_from_where_one_stands(tmp_path, monkeypatch):
    folder = write_tiny(tmp_path / "tiny").folder
    (tmp_path / "others.csv").write_text((folder / "people.csv").read_text())
    monkeypatch.chdir(tmp_path)
    campaign = groundswell.open(folder, sets=("sources.people.path=others.csv",))
    monkeypatch.chdir(os.sep)
    assert campaign.settings.source(campaign.settings.spec.sources.people.path) == tmp_path / "others.csv"


@pytest.mark.parametrize(
    ("said", "key", "told"),
    [
        ('{ sql = "yob", since = "yob" }', "traits.age", "two things"),
        ('{ share = "household" }', "traits.age", "not said what"),
        ('{ events = "schools" }', "traits.age.events", "no topic"),
        ('{ sql = "2006 - yob", share = "team" }', "traits.age.share", "Nobody knows the team"),
    ],
)
def test_a_trait_is_one_thing_and_what_it_is_of_is_there(tiny, said, key, told):
    [wrong] = tiny(replace={'age = "2006 - yob"': f"age = {said}"}).check()
    assert (wrong.key, told in str(wrong)) == (key, True)


def test_a_column_that_a_built_in_trait_needs_is_missed_by_name(tiny):
    [wrong] = tiny(replace={'age = "2006 - yob"': 'age = { since = "joined" }'}).check()
    assert "joined" in str(wrong)
