"""The calls of campaigns, and the brands to make them for."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet, Value
from django.http import Http404
from ninja import Query
from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from campaigns import lists, operations
from campaigns.forms import BrandForm, CampaignForm
from campaigns.models import Brand, BrandVoiceTag, Campaign, CampaignTag
from workspaces.api.binding import Takes
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, ListQuery, OneOf, Shown
from workspaces.prepared import Prepared
from workspaces.search import QUERY_LENGTH

campaigns = Resource(
    "campaigns",
    about="A campaign is a brief with a goal, dates and a budget, for one brand. Its posts go out from it.",
)

CENT = Decimal("0.01")
ROWS = Campaign.objects.select_related("brand")
BRAND_ROWS: QuerySet[Brand] = Brand.objects.all()
BRANDS = Sort("name", "Name", "name", descending=False)


class CampaignOut(Shown):
    """A campaign."""

    id: UUID = Field(description="Its id.", examples=[ID])
    name: str = Field(description="What it is called.", examples=["Spring bake"])
    brand: UUID = Field(description="The id of the brand that speaks.", examples=[ID])
    goal: str = Field(
        description="What it is to reach, in a sentence.", examples=["200 loaves before Easter"]
    )
    overview: str = Field(description="What it is about.", examples=["Six weeks of rye, one recipe a week."])
    target_audience: str = Field(description="Who it is for.", examples=["Regulars, and who walks past."])
    guardrails: str = Field(description="What it must not say.", examples=["No discounts."])
    voice_tags: list[str] = Field(description="How it sounds, in order.", examples=[["warm", "plain"]])
    tags: list[str] = Field(description="Labels to find it by.", examples=[["spring"]])
    start_date: date | None = Field(description="Its first day.", examples=["2026-03-09"])
    end_date: date | None = Field(description="Its last day.", examples=["2026-03-29"])
    budget: Decimal | None = Field(description="Its budget.", examples=["3400.00"])
    currency: str = Field(description="The currency of the budget, three letters.", examples=["EUR"])
    category: str = Field(description="What kind of campaign it is.", examples=["launch"])
    status: Annotated[str, OneOf(Campaign.Status.values)] = Field(
        description="Where it stands.", examples=["in_progress"]
    )
    missing: list[str] = Field(
        description="What the brief still lacks before it can start, in words.", examples=[["a voice tag"]]
    )
    posts: dict[str, int] = Field(
        description="How many posts it has, by status; those in the trash are left out.",
        examples=[{"draft": 2, "published": 5}],
    )
    started_at: datetime | None = Field(description="When it was started.", examples=[INSTANT])
    completed_at: datetime | None = Field(description="When it was completed.", examples=[INSTANT])
    paused_at: datetime | None = Field(description="Since when nothing of it goes out.", examples=[INSTANT])
    pause_reason: str = Field(description="Why it is paused.", examples=["The oven is broken."])
    archived_at: datetime | None = Field(description="When it was archived.", examples=[INSTANT])
    trashed_at: datetime | None = Field(description="When it was put in the trash.", examples=[INSTANT])
    created_by: UUID | None = Field(description="The id of whoever made it.", examples=[ID])
    created_at: datetime = Field(description="When it was made.", examples=[INSTANT])
    updated_at: datetime = Field(description="When it was last changed.", examples=[INSTANT])
    version: int = Field(description="Counts its changes; the `ETag` begins with it.", examples=[7])


class BrandOut(Shown):
    """A brand: who speaks."""

    id: UUID = Field(description="Its id.", examples=[ID])
    name: str = Field(description="What it is called.", examples=["Barrow & Rye"])
    about: str = Field(description="What it is.", examples=["A bakery with two shops."])
    voice_tags: list[str] = Field(description="How it sounds.", examples=[["warm", "plain"]])
    guardrails: str = Field(description="What it never says or shows.", examples=["No jokes about diets."])
    colours: list[str] = Field(description="How it looks.", examples=[["#f3a24a"]])
    logo: UUID | None = Field(description="The id of the picture that is its logo.", examples=[ID])
    trashed_at: datetime | None = Field(description="When it was put in the trash.", examples=[None])


class CampaignQuery(ListQuery):
    """What the list of campaigns may be asked for: as its page."""

    q: str = Field("", max_length=QUERY_LENGTH, description="Words to look for.", examples=["rye"])
    show: Annotated[str, OneOf(word for word in lists.SHELVES if word)] = Field(
        "", description="The archive or the trash, in place of what is open.", examples=["archived"]
    )
    status: Annotated[str, OneOf(Campaign.Status.values)] = Field(
        "", description="Those that stand there alone.", examples=["in_progress"]
    )
    brand: UUID | None = Field(None, description="Those of this brand alone.", examples=[ID])
    category: str = Field("", max_length=50, description="Those of this category alone.", examples=["launch"])
    tag: str = Field("", max_length=50, description="Those with this tag alone.", examples=["spring"])
    sort: Annotated[str, OneOf(sort.key for sort in lists.SORTS)] = Field(
        lists.SORTS[0].key, description="In which order.", examples=["changed"]
    )


class BrandQuery(ListQuery):
    """What the list of brands may be asked for."""

    show: Annotated[str, OneOf(["", "trash"])] = Field(
        "", description="The trash, in place of the brands that speak.", examples=["trash"]
    )


BRAND = Takes(
    "Brand",
    BrandForm,
    examples={
        "name": "Barrow & Rye",
        "about": "A bakery with two shops.",
        "voice_tags": ["warm", "plain"],
        "guardrails": "No jokes about diets.",
        "colours": ["#f3a24a"],
        "logo": ID,
    },
    descriptions={
        "name": "What it is called.",
        "voice_tags": "How it sounds. New campaigns start with these.",
        "colours": "How it looks, as #f3a24a.",
        "logo": "The id of a picture of the library that is ready; null for none.",
    },
)
CAMPAIGN = Takes(
    "CampaignBrief",
    CampaignForm,
    examples={
        "name": "Spring bake",
        "brand": ID,
        "goal": "200 loaves before Easter",
        "overview": "Six weeks of rye, one recipe a week.",
        "target_audience": "Regulars, and who walks past.",
        "guardrails": "No discounts.",
        "voice_tags": ["warm", "plain"],
        "start_date": "2026-03-09",
        "end_date": "2026-03-29",
        "budget": "3400.00",
        "currency": "EUR",
        "category": "launch",
        "tags": ["spring"],
    },
    optional=["brand"],
    descriptions={
        "name": "What it is called.",
        "brand": "The id of the brand that speaks. May be left out where there is only one.",
        "voice_tags": "How it sounds: up to eight words or short phrases.",
        "tags": "To find it by.",
    },
)
ONBOARDING = Takes(
    "Onboarding",
    CampaignForm,
    examples={
        name: CAMPAIGN.examples[name] for name in ("overview", "target_audience", "guardrails", "voice_tags")
    },
    descriptions=CAMPAIGN.descriptions,
)


def _words(**which: Any) -> QuerySet[Any, tuple[Any, ...]]:
    """Return voice tags in their places, then labels by the alphabet: one query for both."""
    columns = ("campaign_id", "is_tag", "position", "word")
    voice = BrandVoiceTag.objects.filter(**which).order_by().annotate(is_tag=Value(0))
    tags = CampaignTag.objects.filter(**which).order_by().annotate(is_tag=Value(1), position=Value(0))
    both = voice.values_list(*columns).union(tags.values_list(*columns), all=True)
    return both.order_by("is_tag", "position", "word")


_CAMPAIGN = Prepared(lambda campaign: Campaign.objects.filter(pk=campaign))
_WORDS_OF_ONE = Prepared(lambda campaign: _words(campaign=campaign))


def shown_many(rows: list[Campaign]) -> list[BaseModel]:
    """Return campaigns as programs read them; two queries more, however many."""
    ids = [campaign.pk for campaign in rows]
    voice, tags = defaultdict[UUID, list[str]](list), defaultdict[UUID, list[str]](list)
    found = _WORDS_OF_ONE.rows(ids[0]) if len(ids) == 1 else _words(campaign__in=ids)
    for campaign, is_tag, _, word in found:
        (tags if is_tag else voice)[campaign].append(word)
    counts = operations.counts(ids)
    return [_shown(one, voice[one.pk], tags[one.pk], counts.get(one.pk, {})) for one in rows]


def shown(campaign: Campaign) -> CampaignOut:
    """Return one campaign as programs read it."""
    found = shown_many([campaign])[0]
    assert isinstance(found, CampaignOut)
    return found


def _shown(campaign: Campaign, voice: list[str], tags: list[str], posts: dict[str, int]) -> CampaignOut:
    return CampaignOut(
        id=campaign.pk,
        name=campaign.name,
        brand=campaign.brand_id,
        goal=campaign.goal,
        overview=campaign.overview,
        target_audience=campaign.target_audience,
        guardrails=campaign.guardrails,
        voice_tags=voice,
        tags=tags,
        start_date=campaign.start_date,
        end_date=campaign.end_date,
        budget=None if campaign.budget is None else campaign.budget.quantize(CENT),
        currency=campaign.currency,
        category=campaign.category,
        status=campaign.status,
        missing=campaign.missing_in_brief(len(voice)),
        posts=posts,
        started_at=campaign.started_at,
        completed_at=campaign.completed_at,
        paused_at=campaign.paused_at,
        pause_reason=campaign.pause_reason,
        archived_at=campaign.archived_at,
        trashed_at=campaign.trashed_at,
        created_by=campaign.created_by_id,
        created_at=campaign.created_at,
        updated_at=campaign.updated_at,
        version=campaign.version,
    )


def _form_of(campaign: Campaign) -> CampaignForm:
    """Return the form as the page of writing shows it for a campaign."""
    voice = list(campaign.voice_tags.values_list("word", flat=True))
    labels = list(campaign.tags.values_list("word", flat=True))
    return CampaignForm(instance=campaign, voice=voice, labels=labels)


@campaigns.listing("/campaigns", CampaignOut, CampaignQuery)
def list_campaigns(call: Call) -> Listing[Campaign]:
    """List campaigns.

    Filtered, searched and sorted as the page of campaigns is.
    """
    asked = lists.read(call.params)
    return Listing(lists.campaigns(asked).select_related(None), asked.sort, shown_many)


@campaigns.post("/campaigns", CampaignOut, takes=CAMPAIGN, status=201, at="/campaigns/{id}")
def create_campaign(call: Call) -> CampaignOut:
    """Make a campaign.

    Its status follows from its brief: once the three texts and a voice tag are there it is ready to start.
    """
    brands = lists.brands()
    only = brands[0].pk if len(brands) == 1 else None
    form = call.bind(CampaignForm(initial={"brand": only}))
    campaign = operations.create_campaign(
        form.instance,
        voice_tags=form.cleaned_data["voice_tags"],
        tags=form.cleaned_data["tags"],
        now=call.now,
        by=call.by,
    )
    return shown(campaign)


@campaigns.get("/campaigns/{uuid:campaign_id}", CampaignOut)
def show_campaign(call: Call, campaign_id: UUID) -> CampaignOut:
    """Show a campaign."""
    campaign = _CAMPAIGN.first(campaign_id)
    if campaign is None:
        raise Http404
    return shown(campaign)


@campaigns.patch("/campaigns/{uuid:campaign_id}", CampaignOut, takes=CAMPAIGN)
def edit_campaign(call: Call, campaign_id: UUID) -> CampaignOut:
    """Change a campaign.

    Members that are sent are changed, the others stay. With `If-Match` nothing is overwritten that you have not seen.
    """
    return _edited(call, campaign_id)


@campaigns.patch(
    "/campaigns/{uuid:campaign_id}/onboarding", CampaignOut, takes=ONBOARDING, does="campaigns.edit_campaign"
)
def edit_onboarding(call: Call, campaign_id: UUID) -> CampaignOut:
    """Fill in the brief of a campaign.

    The three texts and the voice tags alone, a few at a time or all at once.
    """
    return _edited(call, campaign_id)


def _edited(call: Call, campaign_id: UUID) -> CampaignOut:
    form = call.bind(_form_of(call.find(ROWS, campaign_id)))
    campaign = operations.edit_campaign(
        form.instance,
        version=form.cleaned_data["version"],
        voice_tags=form.cleaned_data["voice_tags"],
        tags=form.cleaned_data["tags"],
        now=call.now,
        by=call.by,
    )
    return shown(campaign)


@campaigns.remove("/campaigns/{uuid:campaign_id}")
def trash_campaign(
    call: Call,
    campaign_id: UUID,
    with_contents: Annotated[
        bool,
        Query(
            description="Meant for a campaign that has started: put it there with its posts.", examples=[True]
        ),
    ] = False,
) -> None:
    """Put a campaign in the trash.

    It can be brought back for 30 days. One that has started is refused (409), unless `with_contents` says that its
    posts are meant, too.
    """
    campaign = call.find(ROWS, campaign_id)
    operations.trash_campaign(campaign, with_contents=with_contents, now=call.now, by=call.by)


@campaigns.post("/campaigns/{uuid:campaign_id}/complete-onboarding", CampaignOut)
def complete_onboarding(call: Call, campaign_id: UUID) -> CampaignOut:
    """Say that the brief of a campaign is filled.

    Refused (409) while something is missing, which the answer names.
    """
    campaign = call.find(ROWS, campaign_id)
    return shown(operations.complete_onboarding(campaign, now=call.now, by=call.by))


@campaigns.post("/campaigns/{uuid:campaign_id}/start", CampaignOut)
def start_campaign(call: Call, campaign_id: UUID) -> CampaignOut:
    """Start a campaign whose brief is filled."""
    return shown(operations.start_campaign(call.find(ROWS, campaign_id), now=call.now, by=call.by))


@campaigns.post("/campaigns/{uuid:campaign_id}/complete", CampaignOut)
def complete_campaign(call: Call, campaign_id: UUID) -> CampaignOut:
    """Complete a running campaign.

    What it had scheduled is taken back, and nothing more goes out from it.
    """
    return shown(operations.complete_campaign(call.find(ROWS, campaign_id), now=call.now, by=call.by))


@campaigns.post("/campaigns/{uuid:campaign_id}/archive", CampaignOut)
def archive_campaign(call: Call, campaign_id: UUID) -> CampaignOut:
    """Put a campaign in the archive.

    It stays readable. What it had scheduled is taken back.
    """
    return shown(operations.archive_campaign(call.find(ROWS, campaign_id), now=call.now, by=call.by))


@campaigns.post("/campaigns/{uuid:campaign_id}/restore", CampaignOut)
def restore_campaign(call: Call, campaign_id: UUID) -> CampaignOut:
    """Bring a campaign back from the trash, or out of the archive: from where it is.

    Its posts come back unscheduled and wait for new times. Out of the archive it takes an editor.
    """
    campaign = call.find(ROWS, campaign_id)
    verb = operations.restore_campaign if campaign.is_trashed else operations.unarchive_campaign
    return shown(verb(campaign, now=call.now, by=call.by))


@campaigns.post("/campaigns/{uuid:campaign_id}/purge", None, status=204)
def purge_campaign(call: Call, campaign_id: UUID) -> None:
    """Delete a campaign in the trash for good, with everything in it.

    Nothing brings it back. Refused (409) for one that is not in the trash.
    """
    operations.purge_campaign(call.find(ROWS, campaign_id), now=call.now, by=call.by)


@campaigns.listing("/brands", BrandOut, BrandQuery)
def list_brands(call: Call, query: BrandQuery) -> Listing[Brand]:
    """List brands, to make campaigns for."""
    return Listing(BRAND_ROWS.filter(trashed_at__isnull=not query.show), BRANDS, _shown_brands)


def _shown_brands(brands: list[Brand]) -> list[BaseModel]:
    return [_shown_brand(brand) for brand in brands]


def _shown_brand(brand: Brand) -> BrandOut:
    return BrandOut(
        id=brand.pk,
        name=brand.name,
        about=brand.about,
        voice_tags=brand.voice_tags,
        guardrails=brand.guardrails,
        colours=brand.colours,
        logo=brand.logo_id,
        trashed_at=brand.trashed_at,
    )


@campaigns.get("/brands/{uuid:brand_id}", BrandOut)
def show_brand(call: Call, brand_id: UUID) -> BrandOut:
    """Show a brand."""
    return _shown_brand(call.find(BRAND_ROWS, brand_id))


@campaigns.post("/brands", BrandOut, takes=BRAND, status=201, at="/brands/{id}")
def create_brand(call: Call) -> BrandOut:
    """Make a brand."""
    return _shown_brand(operations.create_brand(call.bind(BrandForm(offers_all=True)).instance, by=call.by))


@campaigns.patch("/brands/{uuid:brand_id}", BrandOut, takes=BRAND)
def edit_brand(call: Call, brand_id: UUID) -> BrandOut:
    """Change a brand. Campaigns keep the words they began with."""
    brand = call.find(BRAND_ROWS, brand_id, shown=_shown_brand)
    form = call.bind(BrandForm(instance=brand, offers_all=True))
    return _shown_brand(operations.edit_brand(form.instance, by=call.by))


@campaigns.remove("/brands/{uuid:brand_id}")
def trash_brand(call: Call, brand_id: UUID) -> None:
    """Put a brand in the trash, with its campaigns and their posts.

    What they had scheduled is taken back. Refused (409) for the only brand, and while channels speak for it alone.
    """
    brand = call.find(BRAND_ROWS, brand_id, shown=_shown_brand)
    operations.trash_brand(brand, now=call.now, by=call.by)


@campaigns.post("/brands/{uuid:brand_id}/restore", BrandOut)
def restore_brand(call: Call, brand_id: UUID) -> BrandOut:
    """Bring a brand back from the trash.

    Exactly the campaigns that went with it come back; their posts wait for new times.
    """
    brand = call.find(BRAND_ROWS, brand_id, shown=_shown_brand)
    return _shown_brand(operations.restore_brand(brand, now=call.now, by=call.by))


@campaigns.post("/campaigns/{uuid:campaign_id}/duplicate", CampaignOut, status=201, at="/campaigns/{id}")
def duplicate_campaign(call: Call, campaign_id: UUID) -> CampaignOut:
    """Make a campaign with the same brief, tags and budget, without dates and posts."""
    campaign = call.find(ROWS, campaign_id)
    return shown(operations.duplicate_campaign(campaign, now=call.now, by=call.by))
