"""`make_renditions`: what failed, what is missing, or everything is made anew, and nothing goes away meanwhile."""

from __future__ import annotations

import io

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from aura.kit import jobs
from media_library import fits, operations
from media_library.formats import image
from media_library.models import Asset, FileDeletion, Rendition
from media_library.operations import Which, remake_renditions
from media_library.placements import by_key
from media_library.tests import pictures
from media_library.web_sizes import SIZES
from workspaces.models import Activity
from workspaces.operation import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asset(bob, client_of, send, work, scope):
    send(client_of(bob), "one.jpg", pictures.encoded("JPEG", 700, 500))
    work()
    return Asset.objects.select_related("current").get()


def rows() -> dict[str, Rendition]:
    return {row.preset: row for row in Rendition.objects.all()}


def remake(*which: Which):
    return remake_renditions(which=frozenset(which), by=SYSTEM)


def cut(asset: Asset) -> None:
    place = by_key("display-300x250")
    assert place
    operations.request_fits(asset, placements=[SIZES[0], place], by=SYSTEM)
    run_cuts()


def run_cuts() -> None:
    for workspace_id, pk in jobs.REGISTRY["media_library.make_fit"].find(100):
        jobs.run_one("media_library.make_fit", workspace_id, pk)


def say(*arguments: str) -> str:
    out = io.StringIO()
    call_command("make_renditions", *arguments, stdout=out)
    return out.getvalue()


def test_all_is_queued_once_and_served_meanwhile(asset, bob, client_of, work, workspace, in_scope):
    cut(asset)
    before = {preset: (row.key, row.sha256) for preset, row in rows().items()}
    assert "1 assets and 2 cuts wait to be made, 0 were waiting" in say(
        "--workspace", workspace.slug, "--all"
    )
    assert "0 assets and 0 cuts wait to be made, 3 were waiting" in say(
        "--workspace", workspace.slug, "--all"
    )
    page = client_of(bob).get(f"/w/{workspace.slug}/media/").content.decode()
    with in_scope():
        assert rows()["thumb"].get_absolute_url() in page
        work()
        run_cuts()
        after = rows()
        assert {row.status for row in after.values()} == {"ready"}
        assert all(row.due_at is None for row in after.values())
        made = {preset: (row.key, row.sha256) for preset, row in after.items()}
        same = ("thumb", "web", "clean")
        assert {preset: made[preset] for preset in same} == {preset: before[preset] for preset in same}
        assert Asset.objects.get().status == "ready"
        for row in after.values():
            assert default_storage.exists(row.stored_key)


def test_what_comes_out_differently_gets_a_new_key_and_the_old_file_stays_a_day(asset, work, monkeypatch):
    before = rows()
    other = tuple(
        image.Preset(one.name, one.width // 2, one.height // 2, one.quality) for one in image.PRESETS
    )
    monkeypatch.setattr(image, "PRESETS", other)
    remake(Which.ALL)
    work()
    after = rows()
    assert after["clean"].key == before["clean"].key
    for preset in ("thumb", "web"):
        assert after[preset].pk == before[preset].pk
        assert after[preset].key != before[preset].key
        assert after[preset].width < before[preset].width
        with default_storage.open(after[preset].stored_key) as file:
            assert len(file.read()) == after[preset].size
        assert default_storage.exists(before[preset].stored_key)
    going = dict(FileDeletion.objects.values_list("key", "due_at"))
    assert set(going) == {before["thumb"].key, before["web"].key}
    work()
    assert default_storage.exists(before["thumb"].stored_key), "not yet"


def test_what_cannot_be_made_anew_stays_as_it_was(asset, work):
    default_storage.delete(asset.current.stored_file.key)
    remake(Which.ALL)
    work()
    asset.refresh_from_db()
    assert (asset.status, asset.failure, asset.due_at) == ("ready", "", None)
    assert {row.status for row in rows().values()} == {"ready"}


def test_only_what_failed_is_tried_again(asset, work):
    Asset.objects.update(status="failed", failure="Broken.")
    assert (remake(Which.MISSING).assets, remake(Which.FAILED).assets) == (0, 1)
    work()
    asset.refresh_from_db()
    assert (asset.status, asset.failure) == ("ready", "")
    operations.request_fits(asset, placements=[SIZES[-1]], by=SYSTEM)
    run_cuts()
    assert Rendition.objects.get(preset=fits.preset_of(SIZES[-1])).status == "failed"
    queued = remake(Which.FAILED)
    assert (queued.assets, queued.cuts) == (0, 1)
    assert remake(Which.FAILED).waiting == 1


def test_what_is_missing_is_made(asset, work):
    cut(asset)
    found = rows()
    Rendition.objects.filter(preset="thumb").delete()
    default_storage.delete(found["fit:display-300x250"].stored_key)
    queued = remake(Which.MISSING)
    assert (queued.assets, queued.cuts) == (1, 1)
    work()
    run_cuts()
    default_storage.delete(found["web"].stored_key)
    queued = remake(Which.MISSING)
    assert (queued.assets, queued.cuts) == (1, 0)
    work()
    assert all(default_storage.exists(row.stored_key) for row in rows().values())
    assert {row.status for row in rows().values()} == {"ready"}
    queued = remake(Which.MISSING, Which.FAILED)
    assert (queued.assets, queued.cuts, queued.waiting) == (0, 0, 0)


def test_words_and_the_trash_are_left_alone(asset, work):
    operations.write_words(Asset(kind="headline", body="Rye", title="Rye"), by=SYSTEM)
    operations.trash_asset(asset, by=SYSTEM)
    queued = remake(Which.ALL)
    assert (queued.assets, queued.cuts) == (0, 0)
    assert Activity.objects.filter(verb="media_library.remake_renditions").count() == 1


def test_the_command_refuses_what_it_does_not_know(workspace):
    with pytest.raises(CommandError, match="There is no workspace nowhere"):
        say("--workspace", "nowhere")
    with pytest.raises(CommandError):
        say("--all", "--failed")
    assert "wait to be made" in say()
