"""The calls of brands, and the end of campaigns: put away, brought back, gone for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from aura.kit.testing_api import Caller, by_session, by_token
from campaigns.forms import LOGOS_AT_MOST
from campaigns.models import Brand, Campaign
from media_library.models import Asset
from workspaces.models import User, Workspace
from workspaces.tests.programs import make

Browser = Callable[[User], Client]


@pytest.fixture
def call(scope: Workspace, alice: User) -> Caller:
    return by_token(make(scope, alice).secret)


@pytest.fixture
def brands(scope: Workspace) -> tuple[Brand, Brand]:
    return Brand.objects.create(name="Barrow & Rye"), Brand.objects.create(name="Moss & Co")


def test_a_brand_goes_with_its_campaigns_and_comes_back_with_exactly_those(
    call: Caller, brands: tuple[Brand, Brand]
) -> None:
    rye, moss = brands
    gone, stays, before = (
        Campaign.objects.create(brand=brand, name=name)
        for brand, name in ((rye, "Spring"), (moss, "Moss"), (rye, "Autumn"))
    )
    assert call.delete(f"/campaigns/{before.pk}").status_code == 204
    path = f"/brands/{rye.pk}"
    read = call.get(path)
    assert read.json()["trashed_at"] is None
    assert call.delete(path, If_Match='"0"').status_code == 412
    assert call.delete(path, If_Match=read["ETag"]).status_code == 204
    assert call.delete(path).status_code == 409
    assert [one["id"] for one in call.get("/brands").json()["items"]] == [str(moss.pk)]
    assert [one["id"] for one in call.get("/brands?show=trash").json()["items"]] == [str(rye.pk)]
    assert call.get(path).json()["trashed_at"]
    assert "trash" in call.patch(path, {"about": "Bread"}).json()["detail"]
    assert [one["id"] for one in call.get("/campaigns").json()["items"]] == [str(stays.pk)]
    assert call.post(f"{path}/restore").json() == read.json()
    assert call.post(f"{path}/restore").status_code == 409
    assert {one["id"] for one in call.get("/campaigns").json()["items"]} == {str(stays.pk), str(gone.pk)}


def test_the_only_brand_stays(call: Caller, scope: Workspace) -> None:
    brand = Brand.objects.create(name="Barrow & Rye")
    refused = call.delete(f"/brands/{brand.pk}")
    assert (refused.status_code, "only brand" in refused.json()["detail"]) == (409, True)
    assert Brand.objects.filter(trashed_at=None).exists()


def test_a_logo_is_any_picture_that_is_ready_and_nothing_else(
    call: Caller, brands: tuple[Brand, Brand]
) -> None:
    path = f"/brands/{brands[0].pk}"
    oldest, pending, film = (
        Asset.objects.create(title="Logo", kind=kind, status=status)
        for kind, status in (("image", "ready"), ("image", "pending"), ("video", "ready"))
    )
    Asset.objects.bulk_create(
        [
            Asset(workspace=oldest.workspace, title="Loaf", kind="image", status="ready")
            for _ in range(LOGOS_AT_MOST)
        ]
    )
    for wrong in (pending, film):
        refused = call.patch(path, {"logo": str(wrong.pk)})
        assert (refused.status_code, list(refused.json()["fields"])) == (422, ["logo"])
    assert call.patch(path, {"logo": str(oldest.pk)}).json()["logo"] == str(oldest.pk)
    assert call.patch(path, {"about": "Bread"}).json()["logo"] == str(oldest.pk)
    assert call.patch(path, {"logo": None}).json()["logo"] is None


def test_a_campaign_is_deleted_for_good_from_the_trash_alone(
    call: Caller, brands: tuple[Brand, Brand]
) -> None:
    campaign = Campaign.objects.create(brand=brands[0], name="Spring")
    path = f"/campaigns/{campaign.pk}"
    refused = call.post(f"{path}/purge")
    assert (refused.status_code, "not in the trash" in refused.json()["detail"]) == (409, True)
    assert call.delete(path).status_code == 204
    assert call.post(f"{path}/purge", If_Match='"0.x"').status_code == 412
    assert call.post(f"{path}/purge").status_code == 204
    assert call.get(path).status_code == call.post(f"{path}/purge").status_code == 404
    assert not Campaign.objects.exists()


def test_R1_editors_put_no_brand_away_and_delete_nothing_for_good(
    scope: Workspace, brands: tuple[Brand, Brand], bob: User, carol: User, client_of: Browser
) -> None:
    campaign = Campaign.objects.create(brand=brands[0], name="Spring", trashed_at="2026-03-01T09:00:00Z")
    for person in (bob, carol):
        call = by_session(client_of(person), "barrow-rye")
        for method, path in (
            ("DELETE", f"/brands/{brands[0].pk}"),
            ("POST", f"/brands/{brands[0].pk}/restore"),
            ("POST", f"/campaigns/{campaign.pk}/purge"),
        ):
            assert call(method, path).status_code == 403, (person.name, path)
    assert (Brand.objects.filter(trashed_at=None).count(), Campaign.objects.count()) == (2, 1)
