"""Scope: tenant data outside a workspace is out of reach, loudly; inside one, another's rows do not exist."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Prefetch
from django.http import HttpRequest, StreamingHttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import get_script_prefix, reverse
from django.utils import timezone

from campaigns.models import Brand, Campaign
from workspaces.middleware import WorkspaceMiddleware
from workspaces.models import Activity, User, Workspace
from workspaces.scope import (
    NoWorkspace,
    current_workspace,
    current_workspace_id,
    every_workspace,
    instance_url,
    is_every_workspace,
    no_workspace,
    use_workspace,
)


class Rows:
    """A brand and a campaign in each of two workspaces."""

    def __init__(self, ours: Workspace, theirs: Workspace) -> None:
        self.ours, self.theirs = ours, theirs
        with use_workspace(ours):
            self.brand = Brand.objects.create(name="Barrow")
            self.campaign = Campaign.objects.create(name="Spring", brand=self.brand)
        with use_workspace(theirs):
            self.their_brand = Brand.objects.create(name="Moss")
            self.their_campaign = Campaign.objects.create(name="Spring", brand=self.their_brand)


@pytest.fixture
def rows(workspace: Workspace, other_workspace: Workspace) -> Rows:
    return Rows(workspace, other_workspace)


def _ways_to_forget(rows: Rows) -> dict[str, Callable[[], Any]]:
    brands = Brand.objects
    return {
        "list": lambda: list(brands.all()),
        "count": lambda: brands.count(),
        "exists": lambda: brands.exists(),
        "get": lambda: brands.get(pk=rows.brand.pk),
        "first": lambda: brands.first(),
        "update": lambda: brands.update(about="x"),
        "delete": lambda: brands.all().delete(),
        "related": lambda: list(rows.brand.campaigns.all()),
        "foreign key": lambda: Campaign(brand_id=rows.brand.pk).brand,
        "save": lambda: Brand(name="x").save(),
        "save again": lambda: rows.brand.save(),
        "create": lambda: brands.create(name="x"),
        "get_or_create": lambda: brands.get_or_create(name="x"),
        "bulk_create": lambda: brands.bulk_create([Brand(name="x")]),
        "bulk_update": lambda: brands.bulk_update([rows.brand], ["about"]),
        "aggregate": lambda: brands.aggregate(n=Count("id")),
        "in_bulk": lambda: brands.in_bulk([rows.brand.pk]),
        "values_list": lambda: list(brands.values_list("id")),
        "iterator": lambda: list(brands.iterator()),
        "dates": lambda: list(brands.dates("created_at", "day")),
        "subquery": lambda: list(Workspace.objects.filter(Exists(brands.filter(workspace=OuterRef("pk"))))),
        "refresh": lambda: rows.brand.refresh_from_db(),
        "delete one": lambda: rows.brand.delete(),
        "union": lambda: list(brands.order_by().union(brands.order_by())),
        "explain": lambda: brands.explain(),
        "template": lambda: Template("{% for b in rows %}{{ b }}{% endfor %}").render(
            Context({"rows": brands.all()})
        ),
        "prefetch": lambda: (
            list(Workspace.objects.all()) and list(Campaign.objects.prefetch_related("brand"))
        ),
    }


@pytest.mark.parametrize("way", list(_ways_to_forget(None)))  # type: ignore[arg-type]
def test_forgetting_the_workspace_fails_loudly(way: str, rows: Rows) -> None:
    with pytest.raises(NoWorkspace):
        _ways_to_forget(rows)[way]()


def test_an_empty_queryset_and_one_that_is_not_run_are_harmless(rows: Rows) -> None:
    assert Brand.objects.none().count() == 0
    Brand.objects.filter(name="x").order_by("name")


def test_inside_a_workspace_only_its_rows_exist(rows: Rows) -> None:
    with use_workspace(rows.ours):
        assert [brand.name for brand in Brand.objects.all()] == ["Barrow"]
        assert Brand.objects.filter(pk=rows.their_brand.pk).count() == 0
        assert Brand.objects.filter(pk=rows.their_brand.pk).update(name="hack") == 0
        assert Brand.objects.filter(pk=rows.their_brand.pk).delete()[0] == 0
        assert list(rows.their_brand.campaigns.all()) == []
        assert list(Campaign.objects.filter(brand__name="Moss")) == []
        assert list(Campaign.objects.values_list("name", "brand__name")) == [("Spring", "Barrow")]
        assert (Brand.objects.filter(name="Barrow") | Brand.objects.filter(name="Moss")).count() == 1
        assert Brand.objects.exclude(name="zzz").count() == 1
        with pytest.raises(Brand.DoesNotExist):
            Brand.objects.get(pk=rows.their_brand.pk)
    with use_workspace(rows.theirs):
        assert Brand.objects.get().name == "Moss"


def test_joins_prefetches_and_subqueries_stay_inside(rows: Rows) -> None:
    with use_workspace(rows.ours):
        [brand] = Brand.objects.prefetch_related(Prefetch("campaigns", Campaign.objects.order_by("name")))
        assert [campaign.name for campaign in brand.campaigns.all()] == ["Spring"]
        assert list(Brand.objects.annotate(n=Count("campaigns")).values_list("name", "n")) == [("Barrow", 1)]
        assert Brand.objects.filter(Exists(Campaign.objects.filter(brand=OuterRef("pk")))).count() == 1
        assert [c.brand.name for c in Campaign.objects.select_related("brand").order_by("brand__name")] == [
            "Barrow"
        ]
        both = Brand.objects.order_by().union(Brand.objects.filter(name="Moss").order_by())
        assert list(both.values_list("name")) == [("Barrow",)]
        assert list(Brand.objects.filter(campaigns__in=Campaign.objects.all())) == [rows.brand]
        with transaction.atomic():
            assert list(Brand.objects.select_for_update()) == [rows.brand]


def test_rows_are_adopted_by_the_open_workspace(rows: Rows) -> None:
    with use_workspace(rows.ours):
        made, _ = Brand.objects.get_or_create(name="New")
        [bulk] = Brand.objects.bulk_create([Brand(name="Bulk")])
        Brand.objects.bulk_update([bulk], ["about"])
        assert {made.workspace_id, bulk.workspace_id} == {rows.ours.pk}
        rows.campaign.refresh_from_db()
        rows.campaign.delete()
        assert not Campaign.objects.exists()


def test_the_scope_is_that_of_evaluation(rows: Rows) -> None:
    query = Brand.objects.filter(name__contains="o")
    with use_workspace(rows.ours):
        ours = [brand.name for brand in query.all()]
    with use_workspace(rows.theirs):
        theirs = [brand.name for brand in query.all()]
    assert (ours, theirs) == (["Barrow"], ["Moss"])


def test_scopes_nest_and_close_again_after_an_error(rows: Rows) -> None:
    with use_workspace(rows.ours):
        with use_workspace(rows.theirs):
            assert current_workspace() == rows.theirs
        assert current_workspace() == rows.ours
        with pytest.raises(ZeroDivisionError), use_workspace(rows.theirs):
            1 / 0  # noqa: B018
        assert current_workspace_id() == rows.ours.pk
        with no_workspace(), pytest.raises(NoWorkspace):
            current_workspace()
    assert current_workspace_id() is None
    assert get_script_prefix() == "/"


def test_every_workspace_is_the_only_way_out_and_says_why(rows: Rows) -> None:
    with every_workspace("a test"):
        assert is_every_workspace()
        assert {brand.name for brand in Brand.objects.all()} == {"Barrow", "Moss"}
        with pytest.raises(NoWorkspace):
            current_workspace()
        with pytest.raises(NoWorkspace):
            Brand(name="Whose?").save()
        Brand(name="Theirs", workspace=rows.theirs).save()
    assert not is_every_workspace()
    with pytest.raises(ValueError, match="reason"), every_workspace(""):
        pass


def test_a_row_cannot_be_saved_or_moved_into_another_workspace(rows: Rows) -> None:
    with use_workspace(rows.ours):
        with pytest.raises(NoWorkspace):
            rows.their_brand.save()
        for change in ({"workspace": rows.theirs}, {"workspace_id": rows.theirs.pk}):
            with pytest.raises(NoWorkspace):
                Brand.objects.update(**change)
    with use_workspace(rows.theirs):
        assert Brand.objects.get().name == "Moss"


def test_T2_a_reference_to_another_workspace_is_refused_like_one_that_never_was(rows: Rows) -> None:
    form_class = forms.modelform_factory(Campaign, fields=["brand", "name"])
    with use_workspace(rows.ours):
        with pytest.raises(ValidationError) as problem:
            Campaign(name="New", brand=rows.their_brand).full_clean()
        assert "brand" in problem.value.message_dict
        foreign = form_class({"brand": rows.their_brand.pk, "name": "New"})
        unknown = form_class({"brand": uuid.uuid4(), "name": "New"})
        assert foreign.errors["brand"] == unknown.errors["brand"]


def test_unique_within_the_workspace_is_judged_by_every_form(rows: Rows) -> None:
    form_class = forms.modelform_factory(Brand, fields=["name"])
    with use_workspace(rows.ours):
        assert "There is a brand with this name" in str(form_class({"name": "Barrow"}).errors)
        assert form_class({"name": "Moss"}).is_valid()


def test_addresses_belong_to_the_open_workspace(rows: Rows) -> None:
    assert reverse("campaigns:list") == "/campaigns/"
    with use_workspace(rows.ours):
        assert reverse("campaigns:list") == "/w/barrow-rye/campaigns/"
        with use_workspace(rows.theirs):
            assert reverse("campaigns:list") == "/w/moss-co/campaigns/"
        assert instance_url("account_login") == "/account/login/"
        assert instance_url("people:invitation", "abc") == "/invitations/abc/"
        assert reverse("campaigns:list") == "/w/barrow-rye/campaigns/"
    assert reverse("campaigns:list") == "/campaigns/"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_new_thread_has_no_workspace_and_threads_do_not_share_one(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    rows = Rows(workspace, other_workspace)
    seen: dict[str, object] = {}
    meet = threading.Barrier(2, timeout=60)

    def bare() -> None:
        try:
            list(Brand.objects.all())
        except NoWorkspace as problem:
            seen["bare"] = problem
        finally:
            connection.close()

    def inside(name: str, room: Workspace) -> None:
        try:
            with use_workspace(room):
                meet.wait()
                seen[name] = ([brand.name for brand in Brand.objects.all()], reverse("campaigns:list"))
                meet.wait()
        finally:
            connection.close()

    with use_workspace(rows.ours):
        thread = threading.Thread(target=bare)
        thread.start()
        thread.join()
    assert isinstance(seen["bare"], NoWorkspace)
    threads = [threading.Thread(target=inside, args=args) for args in (("a", rows.ours), ("b", rows.theirs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen["a"] == (["Barrow"], "/w/barrow-rye/campaigns/")
    assert seen["b"] == (["Moss"], "/w/moss-co/campaigns/")


def _served(user: User, path: str, view: Callable[[HttpRequest], Any]) -> Any:
    request = RequestFactory().get(path)
    request.user, request.session = user, {}  # type: ignore[assignment]
    return WorkspaceMiddleware(view)(request)


def test_T8_a_streamed_body_is_made_inside_its_workspace_and_leaks_it_nowhere(
    rows: Rows, alice: User
) -> None:
    def body() -> Iterator[bytes]:
        yield b"first,"
        yield ",".join(Brand.objects.values_list("name", flat=True)).encode()
        yield reverse("campaigns:list").encode()
        yield str(timezone.get_current_timezone()).encode()

    response = _served(alice, "/w/barrow-rye/export/", lambda request: StreamingHttpResponse(body()))
    assert current_workspace_id() is None
    pieces = []
    with use_workspace(rows.theirs):  # what the server does meanwhile is another matter
        for piece in response.streaming_content:
            assert current_workspace() == rows.theirs
            pieces.append(piece)
    assert pieces == [b"first,", b"Barrow", b"/w/barrow-rye/campaigns/", b"Europe/Dublin"]


def test_a_streamed_page_of_the_admin_sees_every_workspace(rows: Rows, alice: User) -> None:
    alice.is_staff = True

    def body() -> Iterator[bytes]:
        yield str(Brand.objects.count()).encode()

    response = _served(alice, "/admin/export/", lambda request: StreamingHttpResponse(body()))
    assert list(response.streaming_content) == [b"2"]
    response = _served(alice, "/elsewhere/", lambda request: StreamingHttpResponse(body()))
    with pytest.raises(NoWorkspace):
        list(response.streaming_content)


def test_T8_the_workspace_comes_from_the_address_and_never_from_the_session(
    rows: Rows, alice: User, client_of: Callable[[User], Any]
) -> None:
    from workspaces.models import Membership

    Membership.objects.create(workspace=rows.theirs, user=alice, role="viewer")
    client = client_of(alice)
    for slug, own, other in (("moss-co", "Moss", "Barrow"), ("barrow-rye", "Barrow", "Moss")) * 2:
        with use_workspace(rows.ours if own == "Barrow" else rows.theirs):
            Activity.write("campaigns.create_brand", alice, Brand.objects.get())
        page = client.get(f"/w/{slug}/settings/activity/").content.decode()
        assert f"‘{own}’" in page
        assert f"‘{other}’" not in page


def test_a_workspace_in_the_trash_cannot_be_opened(
    workspace: Workspace, alice: User, client_of: Callable[[User], Any]
) -> None:
    client = client_of(alice)
    Workspace.objects.update(trashed_at=timezone.now())
    assert client.get("/w/barrow-rye/settings/").status_code == 404


def test_T7_work_opens_the_workspace_it_names_and_finds_nothing_of_another(rows: Rows) -> None:
    from workspaces.work import all_workspaces, open_workspace_by_id, workspace_id_in_scope

    with open_workspace_by_id(rows.ours.pk):
        assert workspace_id_in_scope() == rows.ours.pk
        assert not Brand.objects.filter(pk=rows.their_brand.pk).exists()
    with use_workspace(rows.ours), open_workspace_by_id(None):
        assert workspace_id_in_scope() is None
        with pytest.raises(NoWorkspace):
            Brand.objects.count()
    with all_workspaces():
        assert Brand.objects.count() == 2
    with pytest.raises(Workspace.DoesNotExist), open_workspace_by_id(uuid.uuid4()):
        pass
    assert workspace_id_in_scope() is None


def test_a_command_opens_the_workspace_it_is_told(rows: Rows, alice: User) -> None:
    from django.core.management import call_command

    from workspaces.models import Invitation

    call_command("invite_member", "dora@example.com", "--workspace", "moss-co", "--role", "viewer")
    with use_workspace(rows.theirs):
        assert Invitation.objects.get().email == "dora@example.com"
    with use_workspace(rows.ours):
        assert not Invitation.objects.exists()
