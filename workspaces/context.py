"""What the frame of every page needs: places to go, things to make, and the person's workspaces for the switcher."""

from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Case, F, IntegerField, OuterRef, Value, When
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property

from aura.kit.paging import CappedCount
from workspaces.models import Membership, User, Workspace
from workspaces.scope import instance_url

UNREAD_COUNTED_TO = 10
SWITCHER_AT_MOST = 30  # the page of all workspaces has the rest


@dataclass(frozen=True, slots=True)
class Link:
    """One place to go or thing to make: the `nav` key of its page, URL name, icon, word, sentence and key."""

    key: str
    url_name: str
    icon: str
    word: str
    does: str = ""
    letter: str = ""

    @property
    def url(self) -> str:
        """The address inside the open workspace, or an empty string where this instance has no such page."""
        try:
            return reverse(self.url_name)
        except NoReverseMatch:
            return ""


HOME = Link("home", "posts:home", "house", "Home", letter="h")
CALENDAR = Link("calendar", "posts:calendar", "calendar-days", "Calendar", letter="c")
CAMPAIGNS = Link("campaigns", "campaigns:list", "megaphone", "Campaigns", letter="a")
POSTS = Link("posts", "posts:list", "square-pen", "Posts", letter="p")
MEDIA = Link("media", "media:list", "images", "Media", letter="m")
SETTINGS = Link("settings", "workspace:settings", "settings-2", "Settings", letter="s")
NOTIFICATIONS = Link("notifications", "workspace:notifications", "bell", "Notifications")
SEARCH = Link("search", "workspace:search", "search", "Search")
WRITE = Link("write", "posts:create", "square-pen", "Write")

PLACES = [HOME, CALENDAR, CAMPAIGNS, POSTS, MEDIA]
TAB_BAR = [HOME, CALENDAR, WRITE, CAMPAIGNS, MEDIA]  # a thumb reaches five
MAKINGS = [
    Link("post", "posts:create", "square-pen", "Post", "Write a post", "n"),
    Link("campaign", "campaigns:create", "megaphone", "Campaign", "Start a campaign"),
    Link("import", "imports:start", "sheet", "Import from a file", "Bring in posts from a sheet"),
    Link("upload", "media:upload", "upload", "Upload media", "Upload media", "u"),
]
# The pages of the settings, in the order of their tabs; `key` is the context variable `tab` of the page.
TABS = [
    Link("workspace", "workspace:settings", "settings-2", "Workspace"),
    Link("quiet", "workspace:quiet", "clock", "Quiet times"),
    Link("people", "workspace:members", "users", "People"),
    Link("channels", "posts:channels", "radio", "Channels"),
    Link("brands", "campaigns:brands", "sparkles", "Brands"),
    Link("tokens", "workspace:tokens", "key-round", "Tokens"),
    Link("webhooks", "workspace:webhooks", "webhook", "Webhooks"),
    Link("activity", "workspace:activity", "history", "Activity"),
]


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the settings, as _tabs.html draws it."""

    url: str
    word: str
    current: bool


def memberships_of(user: User, slug: str = "") -> list[Membership]:
    """Return a person's memberships with their workspaces by name, the one at `slug` first: 30 at most, one query.

    That one carries in `unread` how many notifications wait there, counted to ten.
    """
    here = Case(When(workspace__slug=slug, then=Value(0)), default=Value(1))
    mine = Membership.objects.filter(user=user, workspace__trashed_at=None).select_related("workspace")
    if slug:
        news = Membership.objects.filter(
            pk=OuterRef("pk"),
            user__notifications__workspace=F("workspace"),
            user__notifications__read_at__isnull=True,
        ).values("user__notifications")[:UNREAD_COUNTED_TO]
        mine = mine.annotate(
            unread=Case(
                When(workspace__slug=slug, then=CappedCount(news)), default=0, output_field=IntegerField()
            )
        )
    return list(mine.order_by(here, "workspace__name")[:SWITCHER_AT_MOST])


def first_place() -> str:
    """Return the address of the page that the open workspace begins with."""
    return next(link.url for link in (*PLACES, SETTINGS) if link.url)


def tabs_of_settings(current: str) -> list[Tab]:
    """Return the tabs of the settings; `current` is the key of the page that is open."""
    return [Tab(link.url, link.word, link.key == current) for link in TABS if link.url]


class Shell:
    """The frame around a page. Everything is worked out when a template asks, and once."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def places(self) -> list[Link]:
        """The rooms of a workspace that this instance has."""
        return [link for link in PLACES if link.url]

    @cached_property
    def tab_bar(self) -> list[Link]:
        """The places of a small screen."""
        return [link for link in TAB_BAR if link.url and (link is not WRITE or self.makings)]

    @cached_property
    def makings(self) -> list[Link]:
        """What can be made from anywhere; a viewer makes nothing."""
        membership = getattr(self._request, "membership", None)
        if membership is None or membership.role == "viewer":
            return []
        return [link for link in MAKINGS if link.url]

    @cached_property
    def settings(self) -> Link:
        """The workspace's settings."""
        return SETTINGS

    @cached_property
    def notifications_url(self) -> str:
        """What the person was told in this workspace."""
        return NOTIFICATIONS.url

    @cached_property
    def unread(self) -> str:
        """How many notifications wait, as the bell shows it: "", "3", "9+"."""
        count = getattr(getattr(self._request, "membership", None), "unread", 0)
        if count >= UNREAD_COUNTED_TO:
            return f"{UNREAD_COUNTED_TO - 1}+"
        return str(count) if count else ""

    @cached_property
    def search_url(self) -> str:
        """Where the palette asks, and where its form leads without JavaScript."""
        return SEARCH.url

    @cached_property
    def profile_url(self) -> str:
        """The person's own page."""
        return instance_url("people:profile")

    @cached_property
    def create_url(self) -> str:
        """Where a workspace is made."""
        return instance_url("people:workspace_create")

    @cached_property
    def workspaces(self) -> list[Workspace]:
        """The person's workspaces by name; inside one the middleware has asked for them already."""
        mine = getattr(self._request, "memberships", None)
        if mine is None:
            mine = memberships_of(cast(User, self._request.user))
        return sorted((m.workspace for m in mine), key=lambda workspace: workspace.name.casefold())


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the frame as `shell`; a page that shows none of it costs nothing."""
    return {"shell": Shell(request)}
