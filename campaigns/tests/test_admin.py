"""Brands and campaigns in the admin: the form of the page, its operation, staff as the actor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Brand, Campaign
from campaigns.tests import _made as made
from workspaces.models import Activity, Membership, User, Workspace
from workspaces.scope import use_workspace


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.com", "a long enough password", name="Root")


@pytest.fixture
def client(root: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(root)


@pytest.fixture
def campaign(workspace: Workspace) -> Campaign:
    with use_workspace(workspace):
        return made.filled()


def path(row: Any) -> str:
    return f"/admin/campaigns/{row._meta.model_name}/{row.pk}/change/"


def typed(campaign: Campaign, **changes: Any) -> dict[str, Any]:
    return {
        "name": campaign.name,
        "brand": str(campaign.brand_id),
        "goal": campaign.goal,
        "overview": campaign.overview,
        "target_audience": campaign.target_audience,
        "guardrails": campaign.guardrails,
        "voice_tags": "plain-spoken",
        "tags": "",
        "start_date": "",
        "end_date": "",
        "budget": "",
        "currency": "EUR",
        "category": "",
        "seen_version": str(campaign.version),
        **changes,
    }


def test_a_campaign_is_saved_by_its_operation_in_its_own_workspace(
    client: Client, campaign: Campaign, workspace: Workspace
) -> None:
    answer = client.post(path(campaign), typed(campaign, name="Rye", voice_tags="Warm, dry", tags="spring"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/")
    with use_workspace(workspace):
        campaign.refresh_from_db()
        assert (campaign.name, campaign.version) == ("Rye", 2)
        assert list(campaign.voice_tags.values_list("word", flat=True)) == ["warm", "dry"]
        assert list(campaign.tags.values_list("word", flat=True)) == ["spring"]
        entry = Activity.objects.get(verb="campaigns.edit_campaign")
        assert entry.actor_name == "Root (staff)"
        assert entry.subject_id == campaign.pk


def test_the_form_is_the_one_of_the_page(client: Client, campaign: Campaign, workspace: Workspace) -> None:
    page = client.get(path(campaign)).content.decode()
    assert 'value="plain-spoken"' in page
    nine = ", ".join(f"word {n}" for n in range(9))
    answer = client.post(
        path(campaign), typed(campaign, voice_tags=nine, start_date="2026-05-02", end_date="2026-05-01")
    )
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert "8 tags at most" in str(errors["voice_tags"])
    assert "before the start" in str(errors["end_date"])
    with use_workspace(workspace):
        campaign.refresh_from_db()
        assert campaign.version == 1


def test_who_saves_what_somebody_else_changed_keeps_both(
    client: Client, campaign: Campaign, workspace: Workspace
) -> None:
    assert client.post(path(campaign), typed(campaign, name="First")).status_code == 302
    answer = client.post(path(campaign), typed(campaign, name="Second"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Nothing was overwritten" in page
    assert 'value="Second"' in page
    with use_workspace(workspace):
        campaign.refresh_from_db()
        assert campaign.name == "First"


def test_T2_brands_of_another_workspace_are_neither_offered_nor_taken(
    client: Client, campaign: Campaign, workspace: Workspace, other_workspace: Workspace
) -> None:
    with use_workspace(other_workspace):
        theirs = made.brand("Moss and stone")
    assert "Moss and stone" not in client.get(path(campaign)).content.decode()
    answer = client.post(path(campaign), typed(campaign, brand=str(theirs.pk)))
    assert answer.status_code == 200
    assert "Pick a brand from the list." in str(answer.context["adminform"].form.errors)


def test_a_member_who_is_staff_adds_campaigns_in_the_admin_of_the_workspace(
    client: Client, root: User, campaign: Campaign, workspace: Workspace
) -> None:
    assert client.get("/admin/campaigns/campaign/add/").status_code == 403
    Membership.objects.create(workspace=workspace, user=root, role="viewer")
    answer = client.post(
        f"/w/{workspace.slug}/admin/campaigns/campaign/add/", typed(campaign, name="New", seen_version="")
    )
    assert answer.status_code == 302
    with use_workspace(workspace):
        added = Campaign.objects.get(name="New")
        assert (added.created_by, added.status) == (root, "ready_to_start")


def run(client: Client, action: str, *rows: Any) -> list[str]:
    model = rows[0]._meta.model_name
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    answer = client.post(f"/admin/campaigns/{model}/", chosen, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_actions_are_operations_and_a_refusal_says_why(
    client: Client, campaign: Campaign, workspace: Workspace, other_workspace: Workspace
) -> None:
    with use_workspace(other_workspace):
        second = made.filled("Moss and stone")
    assert run(client, "archive_campaign", campaign, second) == ["2 campaigns archived."]
    assert "is archived" in run(client, "archive_campaign", campaign)[0]
    assert run(client, "unarchive_campaign", campaign) == ["1 campaign taken out of the archive."]
    assert run(client, "trash_campaign", campaign) == ["1 campaign put in the trash."]
    assert run(client, "restore_campaign", campaign) == ["1 campaign restored."]
    for room, expected in ((workspace, 4), (other_workspace, 1)):
        with use_workspace(room):
            acts = Activity.objects.filter(actor_name="Root (staff)", subject_type="campaigns.campaign")
            assert acts.count() == expected


def test_a_brand_is_saved_and_put_away_by_its_operations(
    client: Client, campaign: Campaign, workspace: Workspace
) -> None:
    brand = campaign.brand
    words = {
        "name": "Rye & Co",
        "about": "",
        "voice_tags": "warm",
        "guardrails": "",
        "colours": "#f3a24a",
        "logo": "",
    }
    assert client.post(path(brand), words).status_code == 302
    assert client.post(path(brand), {**words, "colours": "orange"}).status_code == 200
    assert run(client, "trash_brand", brand) == ["Rye & Co: This is the only brand. Make another one first."]
    with use_workspace(workspace):
        brand = Brand.objects.get(pk=brand.pk)
        assert (brand.name, brand.colours, brand.trashed_at) == ("Rye & Co", ["#f3a24a"], None)
        assert Activity.objects.filter(verb="campaigns.edit_brand").count() == 1


def test_words_are_found_and_read(client: Client, campaign: Campaign) -> None:
    for model in ("brandvoicetag", "campaigntag"):
        assert client.get(f"/admin/campaigns/{model}/?q=plain").status_code == 200
    assert client.get("/admin/campaigns/brandvoicetag/add/").status_code == 403


def test_the_history_of_a_row_is_its_activity(client: Client, campaign: Campaign) -> None:
    client.post(path(campaign), typed(campaign, name="Rye"))
    answer = client.get(f"/admin/campaigns/campaign/{campaign.pk}/history/", follow=True)
    verbs = [entry.verb for entry in answer.context["cl"].result_list]
    assert verbs == ["campaigns.edit_campaign", "campaigns.create_campaign"]
