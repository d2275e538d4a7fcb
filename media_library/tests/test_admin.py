"""The library in the admin: lists that cost the same however long, and actions that are operations."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from media_library.models import Asset, FileDeletion
from media_library.tests.test_pages import make_assets
from workspaces.models import Activity, User

pytestmark = pytest.mark.django_db(transaction=True)
MODELS = ["asset", "assetversion", "storedfile", "rendition", "filedeletion"]


@pytest.fixture
def staff(db, client_of, workspace):
    user = User.objects.create_superuser("staff@example.com", "a long enough password")
    return client_of(user)


@pytest.mark.parametrize("model", MODELS)
def test_every_list_costs_the_same_for_two_and_twenty(staff, in_scope, model):
    def grow(number):
        with in_scope():
            make_assets(number)
        FileDeletion.queue(f"k/{n}" for n in range(number))

    address = f"/admin/media_library/{model}/?q=k"
    grow(2)
    staff.get(address)
    with CaptureQueriesContext(connection) as few:
        assert staff.get(address).status_code == 200
    grow(18)
    with CaptureQueriesContext(connection) as many:
        staff.get(address)
    assert len(few) == len(many), [query["sql"] for query in many]


@pytest.mark.parametrize("model", ["asset", "assetversion", "storedfile", "rendition"])
def test_every_row_opens(staff, in_scope, model):
    from django.apps import apps

    with in_scope():
        make_assets(1)
        row = apps.get_model("media_library", model).objects.get()
    assert staff.get(f"/admin/media_library/{model}/{row.pk}/change/").status_code == 200


def test_name_and_description_are_saved_by_the_operation(staff, in_scope):
    with in_scope():
        (asset,) = make_assets(1)
    address = f"/admin/media_library/asset/{asset.pk}/change/"
    assert staff.post(address, {"title": "New name", "alt_text": "", "status": "failed"}).status_code == 302
    with in_scope():
        asset = Asset.objects.get()
        assert (asset.title, asset.status) == ("New name", "ready")
        assert Activity.objects.filter(verb="media_library.edit_asset").exists()


def test_actions_run_operations_and_say_what_refused(staff, in_scope):
    with in_scope():
        kept, trashed = make_assets(2)

    def act(action):
        data = {"action": action, "_selected_action": [str(kept.pk), str(trashed.pk)]}
        return staff.post("/admin/media_library/asset/", data, follow=True).content.decode()

    assert "2 assets moved to the trash." in act("trash_asset")
    assert "in the trash already" in act("trash_asset")
    assert "2 assets taken out of the trash." in act("restore_asset")
    assert "Move it to the trash first." in act("purge_asset")
    act("trash_asset")
    assert "2 assets deleted for good." in act("purge_asset")
    with in_scope():
        assert not Asset.objects.exists()


def test_nobody_adds_or_deletes_rows_by_hand(staff, in_scope):
    with in_scope():
        (asset,) = make_assets(1)
    assert staff.get("/admin/media_library/asset/add/").status_code == 403
    assert staff.post(f"/admin/media_library/asset/{asset.pk}/delete/", {"post": "yes"}).status_code == 403
