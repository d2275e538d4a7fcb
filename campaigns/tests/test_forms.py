"""What is accepted in a brief, and what is said about the rest."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aura.kit.words import TAG_LENGTH, WordsField, tidy_words
from campaigns.forms import BrandForm, CampaignForm
from campaigns.models import VOICE_TAGS_AT_MOST, Campaign
from campaigns.tests._made import brand, campaign
from workspaces.models import Workspace
from workspaces.scope import use_workspace

IN_TEST = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def sent(**changes: str) -> dict[str, str]:
    return {"name": "Hot-spring rye", "brand": "", "currency": "EUR", **changes}


@given(st.lists(st.text(max_size=70), max_size=12))
def test_tidy_words_are_trimmed_lower_case_unique_and_in_order(typed: list[str]) -> None:
    tidy = tidy_words(typed)
    assert all(word and word == word.strip() and "  " not in word for word in tidy)
    assert len(set(tidy)) == len(tidy)
    assert tidy_words(tidy) == tidy
    assert all(word.lower() == word or word.lower().lower() != word for word in tidy)


@given(st.text(max_size=300))
def test_a_line_of_tags_is_tidied_or_refused_with_a_sentence(typed: str) -> None:
    field = WordsField(at_most=VOICE_TAGS_AT_MOST)
    said = ""
    words: list[str] = []
    try:
        words = field.clean(typed)
    except ValidationError as error:
        said = " ".join(error.messages)
    assert not said or "\x00" in typed or "Take" in said or "Shorten" in said
    assert len(words) <= VOICE_TAGS_AT_MOST
    assert all(len(word) <= TAG_LENGTH for word in words)


def test_eight_tags_pass_and_nine_say_what_to_do(scope: Workspace) -> None:
    one = brand()
    eight = ", ".join(f"tag {number}" for number in range(8))
    assert CampaignForm(sent(brand=str(one.pk), voice_tags=eight)).is_valid()
    nine = CampaignForm(sent(brand=str(one.pk), voice_tags=f"{eight}, one more"))
    assert nine.errors["voice_tags"] == ["8 tags at most, and these are 9. Take 1 away."]


def test_tags_that_differ_only_in_case_or_space_are_one(scope: Workspace) -> None:
    form = CampaignForm(sent(brand=str(brand().pk), voice_tags=" Warm ,warm,  WARM,plain   spoken\nDry"))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["voice_tags"] == ["warm", "plain spoken", "dry"]


def test_a_long_tag_is_named(scope: Workspace) -> None:
    form = CampaignForm(sent(brand=str(brand().pk), voice_tags="a" * 51))
    assert "Shorten" in form.errors["voice_tags"][0]
    assert CampaignForm(sent(brand=str(brand("Two").pk), voice_tags="a" * 50)).is_valid()


@IN_TEST
@given(st.dates(), st.dates())
def test_the_last_day_is_never_before_the_first(scope: Workspace, first, last) -> None:
    one = campaign().brand
    form = CampaignForm(sent(brand=str(one.pk), start_date=first.isoformat(), end_date=last.isoformat()))
    assert form.is_valid() is (first <= last), form.errors
    if last < first:
        assert form.errors["end_date"][0].startswith("The end is before the start. Pick ")


@IN_TEST
@given(st.decimals(min_value=-10, max_value=10**13, allow_nan=False, allow_infinity=False))
def test_a_budget_is_kept_to_the_cent_or_refused(scope: Workspace, amount: Decimal) -> None:
    form = CampaignForm(sent(brand=str(campaign().brand.pk), budget=str(amount)))
    if form.is_valid():
        assert form.cleaned_data["budget"] == amount
        assert amount >= 0
    else:
        assert set(form.errors) == {"budget"}


@pytest.mark.parametrize("typed", ["NaN", "Infinity", "1e400", "-0.01", "12,5x", "1.001"])
def test_a_budget_that_is_no_amount_is_refused(scope: Workspace, typed: str) -> None:
    assert "budget" in CampaignForm(sent(brand=str(brand().pk), budget=typed)).errors


@pytest.mark.parametrize(("typed", "kept"), [("eur", "EUR"), (" usd ", "USD"), ("CHF", "CHF")])
def test_a_currency_is_three_capitals(scope: Workspace, typed: str, kept: str) -> None:
    form = CampaignForm(sent(brand=str(brand().pk), currency=typed))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["currency"] == kept


@pytest.mark.parametrize("typed", ["", "EURO", "€", "E1R"])
def test_a_currency_that_is_none_is_refused(scope: Workspace, typed: str) -> None:
    assert "currency" in CampaignForm(sent(brand=str(brand().pk), currency=typed)).errors


def test_t2_a_brand_of_another_workspace_is_refused_like_one_that_never_was(
    scope: Workspace, other_workspace: Workspace
) -> None:
    brand()
    with use_workspace(other_workspace):
        foreign = brand("Theirs")
    gone = "018f0000-0000-7000-8000-000000000000"
    said = [CampaignForm(sent(brand=str(pk))).errors["brand"] for pk in (foreign.pk, gone, "nonsense")]
    assert said == [["Pick a brand from the list."]] * 3


def test_m1_what_the_form_does_not_ask_for_is_ignored(scope: Workspace, other_workspace: Workspace) -> None:
    more = {
        "id": "018f0000-0000-7000-8000-000000000000",
        "workspace": str(other_workspace.pk),
        "status": "completed",
        "started_at": "2026-01-01",
        "created_by": "x",
        "trashed_at": "2026-01-01",
        "role": "owner",
    }
    form = CampaignForm(sent(brand=str(brand().pk), **more))
    assert form.is_valid(), form.errors
    made = form.instance
    assert (made.status, made.started_at, made.trashed_at) == (
        Campaign.Status.ONBOARDING_INCOMPLETE,
        None,
        None,
    )
    assert str(made.pk) != more["id"]
    assert made.workspace_id == scope.pk


@pytest.mark.parametrize("typed", ["red", "#12", "#12345g", "url(x)", '"><script>'])
def test_a_colour_is_written_in_hex(scope: Workspace, typed: str) -> None:
    assert "Write it like #f3a24a." in BrandForm({"name": "One", "colours": typed}).errors["colours"][0]


def test_colours_and_voice_of_a_brand_are_lists(scope: Workspace) -> None:
    form = BrandForm({"name": "One", "colours": "#F3A24A, #000000", "voice_tags": "Warm, dry"})
    assert form.is_valid(), form.errors
    assert form.instance.colours == ["#f3a24a", "#000000"]
    assert form.instance.voice_tags == ["warm", "dry"]


def test_two_brands_cannot_have_one_name(scope: Workspace) -> None:
    brand("One")
    assert "There is a brand with this name. Pick another one." in str(BrandForm({"name": "One"}).errors)
