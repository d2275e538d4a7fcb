"""The list: filters, order, pages with ties, and the indexes behind them."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.http import QueryDict

from aura.kit import paging
from aura.kit.testing import plan_of, settle_tables
from campaigns import lists, operations
from campaigns.models import Campaign, CampaignTag
from campaigns.tests._made import NOW, brand, campaign, filled, running
from workspaces.models import Workspace
from workspaces.operation import SYSTEM
from workspaces.scope import use_workspace


def shown(query: str) -> list[str]:
    asked = lists.read(QueryDict(query))
    return [one.name for one in paging.page(lists.campaigns(asked), asked.sort, QueryDict(query)).rows]


def test_filters_and_search_narrow_together(scope: Workspace) -> None:
    one, other = brand("One"), brand("Other")
    campaign("Rye", brand=one, category="launch", tags=("spring", "bread"))
    campaign("Rye again", brand=other, category="launch", tags=("bread",))
    running("Buns", brand=one, overview="Six hundred dozen")
    assert shown("") == ["Buns", "Rye again", "Rye"]
    assert shown("q=rye") == ["Rye again", "Rye"]
    assert shown(f"brand={one.pk}&q=rye") == ["Rye"]
    assert shown("category=launch&tag=BREAD") == ["Rye again", "Rye"]
    assert shown("tag=spring") == ["Rye"]
    assert shown("status=in_progress") == ["Buns"]
    assert shown("sort=name") == ["Buns", "Rye", "Rye again"]


def test_shelves_are_apart(scope: Workspace) -> None:
    operations.trash_campaign(filled("Gone"), now=NOW, by=SYSTEM)
    operations.archive_campaign(filled("Put away"), now=NOW, by=SYSTEM)
    filled("Here")
    assert shown("") == ["Here"]
    assert shown("show=archived") == ["Put away"]
    assert shown("show=trash") == ["Gone"]
    assert shown("show=trash&q=go") == ["Gone"]


@pytest.mark.parametrize(
    "query", ["status=x", "brand=x", "sort=x", "show=x", "after=x", "before=%00", "after=WzEsMl0"]
)
def test_nonsense_in_the_address_counts_as_not_asked(scope: Workspace, query: str) -> None:
    campaign("Here")
    assert shown(query) == ["Here"]


@pytest.mark.parametrize("sort", [one.key for one in lists.SORTS])
def test_pages_show_every_row_once_both_ways_with_ties_and_empty_days(scope: Workspace, sort: str) -> None:
    days = [None, NOW.date(), NOW.date(), NOW.date() + timedelta(days=1), None]
    for number in range(23):
        campaign("Same name", start_date=days[number % 5])
    asked = lists.read(QueryDict(f"sort={sort}"))

    def page(params: QueryDict) -> paging.Page[Campaign]:
        return paging.page(lists.campaigns(asked), asked.sort, params, size=5)

    params, seen, pages = QueryDict(f"sort={sort}"), [], []
    while True:
        got = page(params)
        seen += [one.pk for one in got.rows]
        pages.append([one.pk for one in got.rows])
        link = got.links(params)["older"]
        if not link:
            break
        params = QueryDict(link[1:])
    assert len(seen) == len(set(seen)) == 23
    back = []
    while link := page(params).links(params)["newer"]:
        params = QueryDict(link[1:])
        back.append([one.pk for one in page(params).rows])
    assert back == pages[-2::-1]


def test_links_keep_what_is_asked(scope: Workspace) -> None:
    for _ in range(3):
        campaign("Rye")
    params = QueryDict("q=rye&sort=name&after=")
    link = paging.page(Campaign.objects.all(), lists.SORTS[2], params, size=2).links(params)["older"]
    kept = parse_qs(link[1:])
    assert (kept["q"], kept["sort"]) == (["rye"], ["name"])


NEWEST = (
    "campaign_newest|campaigns_campaign_pkey"  # PostgreSQL may as well walk the ids, which are in that order
)
INDEX_OF = {
    "": NEWEST,
    "sort=name": "campaign_by_name",
    "sort=changed": "campaign_by_change",
    # PostgreSQL's index has empty days first, the list has them last: it sorts the workspace's campaigns, which it
    # finds by whichever index of the workspace it takes for cheapest.
    "sort=start": "campaign_by_start|campaigns_campaign_workspace_id|campaign_by_brand",
    "status=in_progress": "campaign_by_status",
    "category=Event": "campaign_by_category",
    "show=archived": NEWEST,
    "show=trash": NEWEST,
    "tag=spring": "campaign_tag_word",
    "brand={brand}": "campaign_by_brand",
}


def test_every_filter_uses_an_index(scope: Workspace, other_workspace: Workspace) -> None:
    """Some campaigns here, more in another workspace, and a planner that knows of both."""
    for place, count in ((other_workspace, 2000), (scope, 300)):
        with use_workspace(place):
            brands = [brand(f"Brand {number}") for number in range(10)]
            made = Campaign.objects.bulk_create(
                Campaign(
                    name=f"Campaign {number}",
                    brand=brands[number % 10],
                    status="completed" if number % 20 else "in_progress",
                    category=("Launch", "Event")[number % 25 == 0],
                    archived_at=NOW if number % 30 == 7 else None,
                    trashed_at=NOW if number % 30 == 8 else None,
                )
                for number in range(count)
            )
            CampaignTag.objects.bulk_create(
                CampaignTag(campaign=one, word=("bread", "spring")[number % 50 == 0])
                for number, one in enumerate(made)
            )
    settle_tables(Campaign, CampaignTag)
    plans = {}
    for query in INDEX_OF:
        asked = lists.read(QueryDict(query.format(brand=brands[0].pk)))
        rows = lists.campaigns(asked).order_by(*paging._order(asked.sort, back=False))
        plans[query] = plan_of(rows[:26])
    assert [(query, plan) for query, plan in plans.items() if not re.search(INDEX_OF[query], plan)] == []
