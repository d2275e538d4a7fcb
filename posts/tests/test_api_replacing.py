"""The call that puts one picture in the place of another: what becomes of each post is listed first, then done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from aura.kit.testing_api import by_session
from media_library.models import Asset
from posts.models import PostMedia
from posts.tests._made import make_asset, make_post, use
from workspaces.models import Membership, User

pytestmark = pytest.mark.usefixtures("scope")
Clients = Callable[[User], Client]


@pytest.fixture
def loaves() -> tuple[Asset, Asset]:
    """An old one, in a draft and in a post that is out, and a new one."""
    old, new = make_asset("Old loaf"), make_asset("New loaf")
    use(old, make_post("Draft"))
    use(old, make_post("Out", status="published"))
    return old, new


def shown() -> list[str]:
    return list(PostMedia.objects.order_by("id").values_list("asset__title", flat=True))


def test_what_becomes_of_each_post_is_listed_and_then_done(
    loaves: tuple[Asset, Asset], bob: User, client_of: Clients
) -> None:
    old, new = loaves
    call, path = by_session(client_of(bob), "barrow-rye"), f"/media/{old.pk}/replacements/{new.pk}"
    plan = call.get(path)
    assert (plan.json()["reason"], plan.json()["total"]) == ("", 2)
    told = {one["title"]: (one["becomes"], one["stays"]) for one in plan.json()["items"]}
    assert told["Draft"] == ("It is replaced.", False)
    assert told["Out"][1] is True
    assert shown() == ["Old loaf", "Old loaf"], "it is only a list"
    use(old, make_post("Another draft"))
    stale = call.post(path, {"trash": True}, If_Match=plan["ETag"])
    assert (stale.status_code, shown()) == (412, ["Old loaf"] * 3), "the list has changed since"
    done = call.post(path, {"trash": True}, If_Match=call.get(path)["ETag"])
    assert done.json() == {"replaced": 2, "stayed": 1, "trashed": True}
    assert shown() == ["New loaf", "Old loaf", "New loaf"]
    back = call.get(f"/media/{new.pk}/replacements/{old.pk}").json()
    assert (back["items"], "in the trash" in back["reason"]) == ([], True)


def test_who_may_not_replaces_nothing_and_trashes_nothing(
    loaves: tuple[Asset, Asset], bob: User, carol: User, mallory: User, client_of: Clients
) -> None:
    old, new = loaves
    path = f"/media/{old.pk}/replacements/{new.pk}"
    for person, status in ((carol, 403), (mallory, 404)):
        assert by_session(client_of(person), "barrow-rye").post(path).status_code == status
    Membership.objects.filter(user=bob).update(role="contributor")
    contributor = by_session(client_of(bob), "barrow-rye")
    assert contributor.post(path, {"trash": True}).status_code == 403, "somebody else made it"
    assert contributor.post(f"/media/{old.pk}/replacements/{old.pk}").status_code == 409
    assert shown() == ["Old loaf", "Old loaf"]
    assert not Asset.objects.exclude(trashed_at=None).exists()
