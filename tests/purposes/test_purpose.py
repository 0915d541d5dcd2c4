"""What a purpose answers when it is asked: who may be spoken to how and when, and what may be used for what."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.purposes import PURPOSES, SENSITIVITIES, USES, Hours, known_rules, purpose_for, rules_for
from groundswell.purposes.finding import find_purpose
from groundswell.purposes.hours import parse_window
from groundswell.purposes.reading import book
from groundswell.vocabulary import SettingsError

PLACES = (None, "US-MI", "US-FL", "GB", "DE-BE", "ES-MD", "FR", "PT", "EU", "NZ")
ALL = [purpose_for(name, place) for name, place in product(PURPOSES, PLACES)]
MOMENTS = st.datetimes(min_value=datetime.fromisoformat("2026-01-01"), max_value=datetime.fromisoformat("2027-12-31"))
WINDOWS = st.lists(
    st.sampled_from(
        ["mon-sun 08:00-21:00", "mon-fri 10:00-13:00", "mon-fri 14:00-20:00", "sat 09:30-12:00", "sun 00:00-23:59",
         "wed 10:00-10:30"]
    ).map(parse_window),
    min_size=1,
    max_size=3,
)  # fmt: skip


def named(purpose) -> str:
    return f"{purpose.name}-{purpose.place}"


# Which places hold


@pytest.mark.parametrize(
    ("place", "within"),
    [
        (None, ("everywhere",)),
        ("NZ", ("everywhere",)),
        ("US-MI", ("US", "everywhere")),
        ("us-mi", ("US", "everywhere")),
        ("US-FL", ("US-FL", "US", "everywhere")),
        ("DE", ("DE", "EU", "everywhere")),
        ("ES-MD", ("ES", "EU", "everywhere")),
        ("EU", ("EU", "everywhere")),
        ("GB-SCT", ("GB", "everywhere")),
        ("CH", ("everywhere",)),
    ],
)
def test_the_narrowest_table_goes_before_the_wider_ones(place, within):
    assert purpose_for("customers", place).within == within


@pytest.mark.parametrize("place", ["Michigan", "", "U", "USA-MI-2", "US_MI", "US-"])
def test_a_place_that_is_no_code_is_refused(place):
    with pytest.raises(SettingsError, match="is no place") as caught:
        purpose_for("voters", place)
    assert caught.value.key == "place"


@pytest.mark.parametrize(("written", "meant"), [("UK", "GB"), ("uk-sct", "GB-SCT"), ("EL", "GR"), ("USA", "US")])
def test_a_code_that_people_write_instead_is_answered_with_the_right_one(written, meant):
    with pytest.raises(SettingsError) as caught:
        purpose_for("voters", written)
    assert caught.value.hint == f'Write "{meant}".'


def test_a_purpose_that_there_is_not_is_refused_with_the_nearest():
    with pytest.raises(SettingsError) as caught:
        purpose_for("voter")
    assert caught.value.hint == 'Did you mean "voters"?'


def test_a_place_of_which_nothing_is_known_is_as_careful_as_the_union():
    """Everything the European Union asks consent for, or forbids, is held to where no law is known as well."""
    for name in PURPOSES:
        unknown, union = purpose_for(name, "NZ"), purpose_for(name, "EU")
        assert union.needs_consent - unknown.needs_consent <= {"social"}
        assert set(union.forbids) <= set(unknown.forbids)


# Consent


@pytest.mark.parametrize(
    ("name", "place", "channels"),
    [
        ("voters", "DE", {"email", "sms", "chat", "robocall", "social"}),
        ("voters", "US-MI", {"sms", "chat", "robocall"}),
        ("voters", "GB", {"email", "sms", "chat", "robocall"}),
        ("voters", None, {"email", "sms", "chat", "robocall"}),
        ("customers", "AT", {"email", "sms", "chat", "robocall"}),
        ("customers", "DE", {"email", "sms", "chat", "robocall", "phone"}),
        ("customers", "FR", {"email", "sms", "chat", "robocall", "phone"}),
        ("customers", "US", {"sms", "chat", "robocall"}),
        ("workforce", "DE", set()),
    ],
)
def test_these_channels_need_consent(name, place, channels):
    purpose = purpose_for(name, place)
    assert purpose.needs_consent == channels
    assert {channel for channel in channels | {"post", "door"} if purpose.consent_rule(channel)} == channels


def test_an_employee_is_asked_before_a_private_telephone_is_used():
    staff = purpose_for("workforce", "US")
    assert staff.consent_rule("phone") is None
    assert staff.consent_rule("phone", private=True).id == "workforce/private-endpoints"
    assert purpose_for("voters", "US").consent_rule("phone", private=True) is None


# Hours


@pytest.mark.parametrize(
    ("name", "place", "channel", "local", "open_"),
    [
        ("customers", "US-MI", "phone", "2026-11-21T08:00", True),
        ("customers", "US-MI", "phone", "2026-11-21T07:59", False),
        ("customers", "US-MI", "phone", "2026-11-21T20:59", True),
        ("customers", "US-MI", "phone", "2026-11-21T21:00", False),
        ("customers", "US-FL", "phone", "2026-11-21T20:00", False),
        ("customers", "FR", "phone", "2026-11-20T13:30", False),
        ("customers", "FR", "phone", "2026-11-20T14:00", True),
        ("customers", "FR", "phone", "2026-11-21T15:00", False),
        ("customers", "ES", "phone", "2026-11-22T12:00", False),
        ("workforce", "PT", "email", "2026-11-20T19:00", False),
        ("workforce", "US", "email", "2026-11-20T19:00", True),
        ("voters", "ES", "post", "2026-11-22T03:00", True),
    ],
)
def test_a_channel_is_open_in_its_hours_only(name, place, channel, local, open_):
    assert purpose_for(name, place).open_at(channel, datetime.fromisoformat(local)) is open_


def test_the_next_opening_after_a_friday_evening_in_france_is_monday_at_ten():
    friday = datetime(2026, 11, 20, 20, 0, tzinfo=ZoneInfo("Europe/Paris"))
    opening = purpose_for("customers", "FR").next_opening("phone", friday)
    assert opening == datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))


def test_the_clock_on_the_wall_counts_when_summer_time_ends():
    before = datetime(2026, 10, 24, 22, 0, tzinfo=ZoneInfo("Europe/Madrid"))
    opening = purpose_for("voters", "ES").next_opening("phone", before)
    assert opening.isoformat() == "2026-10-25T09:00:00+01:00"


def test_a_channel_without_hours_is_open_now():
    now = datetime.fromisoformat("2026-11-22T03:00")
    assert purpose_for("voters", "US").next_opening("post", now) == now


@given(WINDOWS, MOMENTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(windows, local):
    hours = Hours(known_rules()[0], tuple(windows))
    opening = hours.next_opening(local)
    assert local <= opening < local + timedelta(days=8)
    assert hours.open_at(opening)
    if not hours.open_at(local):
        edges = {datetime.combine(local.date() + timedelta(days=day), window.earliest)
                 for day in range(9) for window in windows}  # fmt: skip
        assert not any(hours.open_at(edge) for edge in edges if local <= edge < opening)
        assert opening in edges


@given(MOMENTS)
def test_a_window_holds_its_first_minute_and_not_its_last(local):
    hours = Hours(known_rules()[0], (parse_window("mon-fri 10:00-13:00"),))
    inside = local.weekday() < 5 and time(10) <= local.time() < time(13)
    assert hours.open_at(local) is inside


# Labels


def test_political_letters_in_the_united_states_say_who_paid():
    [rule] = purpose_for("voters", "US-MI").label_rules("post")
    assert rule.id == "voters/us-paid-for-by"
    assert rule.wording["en"].startswith("Paid for by")


def test_electoral_mail_in_spain_carries_the_label_of_the_union_and_that_of_spain():
    labels = [rule.id for rule in purpose_for("voters", "ES-MD").label_rules("email")]
    assert labels == ["voters/eu-political-label", "voters/es-electoral-label", "gdpr/right-to-object"]


def test_every_place_has_a_way_out_of_e_mail_and_texts_but_for_work():
    ways = {"all/stop-line", "gdpr/right-to-object", "customers/us-opt-out"}
    for purpose in ALL:
        if purpose.name != "workforce":
            for channel in ("email", "sms", "chat"):
                assert ways & {rule.id for rule in purpose.label_rules(channel)}, (named(purpose), channel)


def test_a_channel_that_no_rule_speaks_of_is_told_apart():
    purpose = purpose_for("voters", "US")
    assert purpose.knows("phone")
    assert not purpose.knows("carrier-pigeon")
    assert purpose.label_rules("carrier-pigeon") == ()


# What may be used for what


@pytest.mark.parametrize("purpose", ALL, ids=named)
def test_what_is_forbidden_and_what_is_allowed_are_all_there_is(purpose):
    for use, sensitivity in product(USES, SENSITIVITIES):
        refusal = purpose.may(use, sensitivity)
        assert (sensitivity in purpose.sensitivities[use]) is (refusal is None)
        assert (purpose.refuse_trait("age", sensitivity, use) is None) is (refusal is None)
    assert all(purpose.sensitivities[use] >= {"public", "personal"} for use in USES)


@pytest.mark.parametrize("purpose", ALL, ids=named)
def test_no_text_ever_shows_a_special_trait(purpose):
    assert purpose.may("message", "special").rule.id == "all/no-special-in-text"


@pytest.mark.parametrize("place", PLACES)
def test_staff_are_never_told_apart_by_special_traits(place):
    for use in ("open", "learn", "segment"):
        refusal = purpose_for("workforce", place).may(use, "special")
        assert refusal.rule.id.endswith("special-traits")
        assert not refusal.rule.can_be_overridden


def test_a_voter_file_with_party_and_race_may_be_used_in_the_united_states_only():
    assert purpose_for("voters", "US-NC").may("segment", "special") is None
    assert purpose_for("voters", "ES").may("open", "special").rule.id == "voters/eu-political-targeting"
    assert purpose_for("voters", "NZ").may("open", "special").rule.id == "all/special-traits"


def test_a_refused_trait_names_the_rule_its_source_and_what_to_do():
    error = purpose_for("customers", "FR").refuse_trait("diet", "special", "segment")
    assert error.message.startswith(
        'The trait "diet" (special) may not make a segment: gdpr/special-categories forbids'
    )
    assert "[law: Regulation (EU) 2016/679 (GDPR), art. 9(1)" in error.message
    assert error.key == "traits.diet"
    assert error.expected == "traits that are public and personal"
    assert '[purposes] override = { "gdpr/special-categories" = "the reason" }' in error.hint
    assert error.as_json()["code"] == "settings"


def test_a_rule_that_cannot_be_set_aside_says_so():
    assert "cannot be set aside" in purpose_for("workforce").refuse_trait("faith", "special", "learn").hint


def test_a_refusal_is_told_in_spanish_too():
    refusal = purpose_for("workforce", "ES").may("segment", "special")
    assert refusal.sentence("es", trait="fe").startswith("El rasgo «fe» (especial) no puede formar un segmento")
    assert refusal.sentence("es").startswith("Un rasgo especial no puede")
    assert refusal.hint("es").startswith("Déjelo fuera")


@pytest.mark.parametrize("purpose", ALL, ids=named)
def test_results_of_four_are_hidden_and_of_five_are_shown(purpose):
    assert purpose.group_rule(4).id == "all/small-groups"
    assert purpose.group_rule(5) is None
    assert not purpose.group_rule(0).can_be_overridden


# Setting a rule aside


def test_a_rule_that_allows_it_is_set_aside_with_its_reason_and_nothing_else_changes():
    before = purpose_for("customers", "AT")
    after = purpose_for("customers", "AT", overrides={"customers/eu-consent": " Our own buyers of soap. "})
    assert after.needs_consent == frozenset()
    assert [(one.rule.id, one.reason) for one in after.overridden] == [
        ("customers/eu-consent", "Our own buyers of soap.")
    ]
    assert {rule.id for rule in before.rules} - {rule.id for rule in after.rules} == {"customers/eu-consent"}
    assert (after.hours, after.labels, after.forbids) == (before.hours, before.labels, before.forbids)
    assert any("Our own buyers of soap." in line for line in after.described())
    assert after.as_json()["overridden"] == [{"rule": "customers/eu-consent", "reason": "Our own buyers of soap."}]


@pytest.mark.parametrize("purpose", ALL, ids=named)
def test_every_rule_that_may_be_set_aside_leaves_no_trace_but_its_reason(purpose):
    for rule in purpose.rules:
        if rule.can_be_overridden:
            after = purpose_for(purpose.name, purpose.place, overrides={rule.id: "because"})
            assert rule not in after.rules
            assert set(purpose.rules) - set(after.rules) == {rule}
            assert not any(f"[{rule.id};" in line for line in after.described())


@pytest.mark.parametrize("purpose", ALL, ids=named)
def test_every_rule_that_may_not_be_set_aside_is_kept(purpose):
    for rule in purpose.rules:
        if not rule.can_be_overridden:
            with pytest.raises(SettingsError, match="cannot be set aside") as caught:
                purpose_for(purpose.name, purpose.place, overrides={rule.id: "because"})
            assert caught.value.key == f"purposes.override.{rule.id}"


@pytest.mark.parametrize(
    ("rule", "reason", "said"),
    [
        ("customers/eu-consnt", "because", "There is no rule"),
        ("voters/gb-imprint", "because", "does not hold for customers in DE"),
        ("customers/eu-consent", "  ", "without a reason"),
    ],
)
def test_an_override_that_is_wrong_is_refused(rule, reason, said):
    with pytest.raises(SettingsError, match=said) as caught:
        purpose_for("customers", "DE", overrides={rule: reason})
    assert caught.value.key == f"purposes.override.{rule}"
    assert caught.value.hint


def test_the_rules_of_a_purpose_are_those_that_it_answers_with():
    assert rules_for("voters", "GB") == purpose_for("voters", "GB").rules
    assert "gb/call-lists" in {rule.id for rule in rules_for("voters", "GB")}
    assert find_purpose(book(), "voters", "GB").rules == rules_for("voters", "GB")


# In words


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("purpose", ALL, ids=named)
def test_the_description_names_each_rule_with_its_source(purpose, language):
    lines = "\n".join(purpose.described(language))
    for rule in purpose.rules:
        assert f"[{rule.id};" in lines
        assert rule.sentence(language) in lines
        assert rule.source(language) in lines
    assert "{" not in lines
    assert ("no legal advice" if language == "en" else "no asesoramiento jurídico") in lines


def test_a_place_without_a_table_of_its_own_says_so():
    assert "no rule of its own is known here" in purpose_for("voters", "NZ").described()[0]
    assert "no place named" in purpose_for("voters").described()[0]


def test_an_unknown_language_is_told_in_english():
    assert purpose_for("voters", "GB").described("tlh") == purpose_for("voters", "GB").described("en")
