"""A workspace with rows in every tenant table, and a word of the test's choice in every text that people write."""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models

from aura.kit import clock, secrets, signing
from campaigns.models import Brand, BrandVoiceTag, Campaign, CampaignTag
from imports.models import ColumnMemory, Import, ImportRow
from media_library.models import (
    Album,
    AlbumAsset,
    Asset,
    AssetTag,
    AssetVersion,
    NotDuplicate,
    Rendition,
    Reuse,
    SavedFilter,
    StoredFile,
    StoredTotal,
    Tag,
    UploadSession,
)
from posts.models import (
    Approval,
    Attempt,
    CalendarFeed,
    Channel,
    Connecting,
    Fit,
    KeptDraft,
    LinkAnswer,
    LinkDay,
    LinkedPost,
    NetworkApp,
    Post,
    PostingSlot,
    PostMedia,
    PostVersion,
    Preflight,
    Reminder,
    ReviewLink,
    SandboxPost,
    Series,
    SeriesDate,
    ShortLink,
    Snippet,
    Target,
    TargetFigure,
    TargetMedia,
)
from workspaces.models import (
    Activity,
    ActivitySubject,
    AnsweredCall,
    ApiSession,
    ApiToken,
    CallCount,
    Comment,
    Invitation,
    Mail,
    Membership,
    Notification,
    RefreshToken,
    SearchEntry,
    User,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    Workspace,
    WorkspaceModel,
)
from workspaces.scope import use_workspace

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
OUR_APPS = ["workspaces", "imports", "media_library", "campaigns", "posts"]
COMPARED = {*OUR_APPS, "account", "mfa", "auth"}

# Text that machines write for machines: keys, hashes, media types, zones, names of modules. Never free words.
MACHINE_TEXT = {
    "campaigns.Campaign.currency",
    "imports.ColumnMemory.headings_hash",
    "imports.ColumnMemory.kind",
    "imports.ColumnMemory.mapping",
    "imports.ColumnMemory.options",
    "imports.Import.file_key",
    "imports.Import.kind",
    "imports.Import.mapping",
    "imports.Import.options",
    "imports.Import.sha256",
    "imports.Import.shape",
    "imports.ImportRow.key",
    "imports.ImportRow.mark",
    "media_library.Asset.upload_key",
    "media_library.AssetVersion.colours",
    "media_library.AssetVersion.taken",
    "media_library.AssetVersion.upload_key",
    "media_library.Rendition.key",
    "media_library.Rendition.mime",
    "media_library.Rendition.params",
    "media_library.Rendition.preset",
    "media_library.Rendition.sha256",
    "media_library.SavedFilter.query",
    "media_library.StoredFile.extension",
    "media_library.StoredFile.key",
    "media_library.StoredFile.mime",
    "media_library.StoredFile.sha256",
    "media_library.UploadSession.parts",
    "media_library.UploadSession.upload_key",
    "posts.Approval.content_hash",
    "posts.Channel.account_id",
    "posts.CalendarFeed.token_hash",
    "posts.Channel.network",
    "posts.ShortLink.token",
    "posts.ShortLink.url",
    "posts.Channel.secret",
    "posts.Channel.zone",
    "posts.Connecting.browser_hash",
    "posts.Connecting.network",
    "posts.Connecting.sealed",
    "posts.NetworkApp.callback",
    "posts.NetworkApp.network",
    "posts.NetworkApp.place",
    "posts.NetworkApp.secret",
    "posts.Fit.place",
    "posts.LinkAnswer.digest",
    "posts.LinkAnswer.url",
    "posts.Post.approved_hash",
    "posts.Post.wall_time",
    "posts.Post.zone",
    "posts.SandboxPost.key",
    "posts.Series.zone",
    "posts.SeriesDate.content_hash",
    "posts.ReviewLink.password",
    "posts.ReviewLink.token_hash",
    "posts.Target.key",
    "posts.Target.words_hash",
    "workspaces.AnsweredCall.asked_hash",
    "workspaces.AnsweredCall.body",
    "workspaces.AnsweredCall.headers",
    "workspaces.AnsweredCall.key",
    "workspaces.CallCount.holder",
    "workspaces.CallCount.kind",
    "workspaces.Activity.subject_type",
    "workspaces.Activity.verb",
    "workspaces.ActivitySubject.subject_type",
    "workspaces.ApiToken.prefix",
    "workspaces.ApiToken.scopes",
    "workspaces.ApiToken.token_hash",
    "workspaces.Comment.place",
    "workspaces.RefreshToken.token_hash",
    "workspaces.Comment.subject_type",
    "workspaces.Invitation.token_hash",
    "workspaces.WebhookDelivery.event",
    "workspaces.WebhookEndpoint.events",
    "workspaces.WebhookEndpoint.secret",
    "workspaces.WebhookEndpoint.url",
    "workspaces.Notification.kind",
    "workspaces.Notification.subject_type",
    "workspaces.SearchEntry.kind",
}


_ID = re.compile(r"^[0-9a-f]{8}-[0-9a-f-]{27}$|^$")


def tenant_models() -> list[type[WorkspaceModel]]:
    return [
        m for app in OUR_APPS for m in apps.get_app_config(app).get_models() if issubclass(m, WorkspaceModel)
    ]


def make_world(
    workspace: Workspace, author: User, *, count: int = 1, start: int = 0
) -> dict[type[models.Model], Any]:
    """Fill `workspace` with `count` rows of every kind, numbered from `start`; return {model: the first of them}."""
    first: dict[type[models.Model], Any] = {}
    with use_workspace(workspace):
        for number in range(start, start + count):
            for row in _one_of_each(workspace, author, number):
                first.setdefault(type(row), row)
    return first


def _one_of_each(workspace: Workspace, author: User, number: int) -> list[models.Model]:
    now = clock.now()
    name = f"{workspace.slug}-{number}"
    person = User.objects.create_user(f"{name}@people.example", name=f"Person {number}")
    member = Membership.objects.create(workspace=workspace, user=person, role="editor")
    invitation = Invitation.objects.create(
        email=f"{name}@invited.example", role="viewer", token_hash=uuid.uuid4().hex, created_by=author,
        expires_at=now + timedelta(days=7),
    )  # fmt: skip
    mail = Mail.objects.create(
        to=person.email, subject=f"Come in {name}", body="Hello", workspace=workspace, status="kept"
    )
    asset, stored, version, rendition = _asset(author, name)
    library = _library(author, name, asset)
    brand = Brand.objects.create(
        name=f"Brand {name}", about="Bread", voice_tags=["warm"], logo=asset, created_by=author
    )
    campaign = Campaign.objects.create(
        brand=brand, name=f"Campaign {name}", overview="A rye", target_audience="Regulars", guardrails="No jokes",
        goal="200 loaves", category="launch", created_by=author,
    )  # fmt: skip
    voice = BrandVoiceTag.objects.create(campaign=campaign, word=f"plain {number}")
    tag = CampaignTag.objects.create(campaign=campaign, word=f"spring {number}")
    channel = Channel.objects.create(
        network="sandbox", name=f"Sandbox {name}", created_by=author, secret=secrets.seal_dict({})
    )
    app = NetworkApp.objects.create(
        network="x", place=f"place of {name}", client_id="client", secret=secrets.seal("s")
    )
    way = Connecting.objects.create(
        network="sandbox", sealed=secrets.seal_dict({"accounts": []}), browser_hash=uuid.uuid4().hex, returned_at=now,
        ends_at=now + timedelta(minutes=15), created_by=author,
    )  # fmt: skip
    post = Post.objects.create(
        campaign=campaign, title=f"Post {name}", caption="Bread", created_by=author, status="needs_confirmation",
        scheduled_at=now, wall_time="2026-11-20T10:00:00", zone="Europe/Dublin",
    )  # fmt: skip
    series = Series.objects.create(
        pattern=post,
        weekdays=1,
        time="09:00",
        zone="UTC",
        first_date="2026-11-23",
        created_by=author,
        sentence="So",
    )
    on_a_day = SeriesDate.objects.create(series=series, date="2026-11-23", post=post, sentence="It waits.")
    left = KeptDraft.objects.create(
        person=person, post=post, kept_at=now, fields={"caption": ["Rye"], "version": ["1"]}
    )
    kept = PostVersion.objects.create(
        post=post, number=1, title=post.title, created_by=author,
        content={
            "title": post.title, "caption": "Bread", "media": [[str(asset.pk), "x"]],
            "targets": {str(channel.pk): "Own"},
        },
    )  # fmt: skip
    slot = PostingSlot.objects.create(channel=channel, weekday=number % 7, time="09:00", created_by=author)
    media = PostMedia.objects.create(post=post, asset=asset)
    reuse = Reuse.objects.create(asset=asset, kind="post", subject=post.pk, title=post.title, began_at=now)
    target = Target.objects.create(
        post=post, channel=channel, status="needs_confirmation", key=uuid.uuid4().hex, own_words="Own", promised_at=now,
        snapshot={"text": "Own", "hash": "x"}, sentence="Nobody knows.",
    )  # fmt: skip
    answer = LinkAnswer.objects.create(
        digest=uuid.uuid4().hex,
        url="https://rye.example/",
        says="No page",
        card={"title": "Rye"},
        thumb=b"RIFF",
    )
    fit = Fit.objects.create(target=target, asset=asset, place="link-card")
    look = Preflight.objects.create(
        post=post,
        moment="day",
        for_at=now,
        found=[{"code": "empty", "channel": "", "message": "It is empty."}],
    )
    yes = Approval.objects.create(
        post=post, by=author, by_name=author.name, content={"caption": "Bread"}, content_hash="x"
    )
    reminder = Reminder.objects.create(post=post, moment="day", for_at=now)
    client_link = ReviewLink.objects.create(
        token_hash=uuid.uuid4().hex, created_by=author, ends_at=now + timedelta(days=1)
    )
    linked = LinkedPost.objects.create(link=client_link, post=post)
    own_media = TargetMedia.objects.create(target=target, asset=asset)
    figure = TargetFigure.objects.create(target=target, figure="likes", total=number, fetched_at=now)
    snippet = Snippet.objects.create(name=f"Words {name}", words="See you at seven.", created_by=author)
    short = ShortLink.objects.create(
        target=target, token=uuid.uuid4().hex[:16], url="https://example.org/rye"
    )
    clicked = LinkDay.objects.create(link=short, day=now.date(), clicks=number)
    attempt = Attempt.objects.create(
        target=target, number=1, outcome="ambiguous", sentence="No answer", by="Aura"
    )
    feed = SandboxPost.objects.create(
        channel=channel,
        key=uuid.uuid4().hex,
        payload={"title": f"Post {name}", "text": "Bread", "media": [], "post": str(post.pk)},
    )
    entry = SearchEntry.objects.create(
        kind="post", object_id=post.pk, number=uuid.uuid4().int % 2**60, title=post.title, words=""
    )
    activity = Activity.write("posts.create_post", author, post)
    subject = ActivitySubject.objects.create(
        activity=Activity.write("media_library.tag_assets", author, None, {"count": 1}),
        subject_type="media_library.asset",
        subject_id=asset.pk,
    )
    comment = Comment.objects.create(
        subject_type="media_library.asset", subject_id=asset.pk, body="Crop it closer", author_name=author.name,
        created_by=author,
    )  # fmt: skip
    notice = Notification.objects.create(
        person=author, kind="post_failed", subject_type="posts.post", subject_id=post.pk, url="/posts/",
        sentence=f"“{post}” could not be sent", words="The picture is too wide.", actor=person,
    )  # fmt: skip
    token = ApiToken.objects.create(
        membership=member, name=f"Token {name}", role="viewer", scopes=["posts:read"], prefix="aura_api_test",
        token_hash=uuid.uuid4().hex, epoch=0,
    )  # fmt: skip
    hook = WebhookEndpoint.objects.create(
        url=f"https://hooks.example/{name}", description=f"Hook {name}", events=[], created_by=author, status="off",
        secret=secrets.seal_dict({"secret": signing.new_secret()}), problem="Gone",
    )  # fmt: skip
    told = WebhookDelivery.objects.create(
        endpoint=hook, event="post.failed", about=post.title, body=json.dumps({"data": {"name": post.title}}),
        status="failed", sentence="The receiver failed.", attempts=1,
    )  # fmt: skip
    tried = WebhookAttempt.objects.create(
        delivery=told,
        number=1,
        ended_at=now,
        status_code=500,
        sentence="The receiver failed.",
        answer="Out of bread",
    )
    running = ApiSession.objects.create(
        membership=member, program="curl", epoch=0, ends_at=now + timedelta(days=1)
    )
    next_token = RefreshToken.objects.create(
        session=running, token_hash=uuid.uuid4().hex, expires_at=now + timedelta(days=1)
    )
    link = CalendarFeed.objects.create(created_by=person, token_hash=uuid.uuid4().hex)
    source = Import.objects.create(
        kind="posts", file_name=f"plan-{name}.csv", file_key=f"{workspace.pk}/imports/{uuid.uuid4()}.csv",
        sha256=uuid.uuid4().hex * 2, size=10, headings=["Title"], mapping=["title"], is_read=True, rows=1, checked=1,
        wrong=1, brought=1, status="done", failure="Why", created_by=author, begun_by=author, begun_at=now,
    )  # fmt: skip
    row = ImportRow.objects.create(
        source=source, line=2, cells=[f"Row {name}"], status="wrong", sentences=["No campaign."],
        shown={"title": f"Row {name}"}, problem="Why",
    )  # fmt: skip
    answered = AnsweredCall.objects.create(key=f"key-{name}", asked_hash="0" * 64, status=204)
    counted = CallCount.objects.create(holder=f"token:{uuid.uuid4()}", kind="calls", begins_at=now, calls=1)
    memory = ColumnMemory.objects.create(kind="posts", headings_hash=uuid.uuid4().hex, mapping=["title"])
    return [
        hook, told, tried, yes, reminder, client_link, linked, link, source, row, memory, short, clicked, snippet,
        person, member, invitation, mail, asset, stored, version, rendition, brand, campaign, voice, tag, channel, post,
        series, on_a_day, kept, left,
        slot, app, way, media, reuse, target, own_media, fit, answer, look, figure, attempt,
        feed, entry, activity, subject, comment, notice, token, answered, counted,
        running, next_token,
        *library,
    ]  # fmt: skip


def _asset(author: User, name: str) -> tuple[Asset, StoredFile, AssetVersion, Rendition]:
    asset = Asset.objects.create(
        title=f"Picture {name}", alt_text="A loaf", status="ready", created_by=author
    )
    key = f"{asset.workspace_id}/{asset.pk}.gif"
    default_storage.save(key, ContentFile(PIXEL))
    stored = StoredFile.objects.create(
        sha256=asset.pk.hex * 2, key=key, size=len(PIXEL), mime="image/gif", extension="gif", status="ready"
    )
    version = AssetVersion.objects.create(
        asset=asset, stored_file=stored, width=1, height=1, original_name=f"{name}.gif", created_by=author
    )
    made = []
    for preset in Rendition.Preset.values:
        copy = f"{asset.workspace_id}/{asset.pk}-{preset}.webp"
        default_storage.save(copy, ContentFile(PIXEL))
        made.append(
            Rendition.objects.create(
                version=version, preset=preset, key=copy, mime="image/webp", width=1, height=1, size=len(PIXEL),
                sha256="0" * 64, status="ready",
            )
        )  # fmt: skip
    Asset.objects.filter(pk=asset.pk).update(current=version)
    asset.refresh_from_db()
    return asset, stored, version, made[0]


def _library(author: User, name: str, asset: Asset) -> list[models.Model]:
    """Return one of everything that people keep assets together with."""
    album = Album.objects.create(name=f"Album {name}", created_by=author)
    tag = Tag.objects.create(name=f"rye {name}", asset_count=1)
    return [
        album,
        AlbumAsset.objects.create(album=album, asset=asset),
        NotDuplicate.objects.create(newer=asset, older=asset, created_by=author),
        tag,
        AssetTag.objects.create(asset=asset, tag=tag),
        SavedFilter.objects.create(name=f"Filter {name}", query="kind=image", created_by=author),
        StoredTotal.here(),
        UploadSession.objects.create(
            name=f"{name}.mov", size=10, created_by=author, due_at=clock.now() + timedelta(days=1)
        ),
    ]


def free_texts(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Return the columns of a model that hold words: text and JSON, found by looking at the model."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField)
        and not field.choices
        and f"{model._meta.label}.{field.name}" not in MACHINE_TEXT
    ]


def write_everywhere(workspace: Workspace, words: Callable[[int], str]) -> int:
    """Put `words(number)` into every free text of every row of `workspace`; return how many columns were written.

    Written past forms and operations: what stands in a database may have come by any way.
    """
    written = 0
    with use_workspace(workspace):
        for model in tenant_models():
            for number, row in enumerate(model.objects.all()):
                changes: dict[str, Any] = {}
                for field in free_texts(model):
                    text = words(number)
                    if isinstance(field, models.JSONField):
                        changes[field.name] = _in_json(getattr(row, field.name), text)
                    else:
                        changes[field.name] = text[: field.max_length] if field.max_length else text
                if changes:
                    written += len(changes)
                    model.objects.filter(pk=row.pk).update(**changes)
    return written


def _in_json(value: Any, text: str) -> Any:
    """Put the text where the value holds texts; an empty one stays empty."""
    if isinstance(value, dict):
        return {name: _in_json(item, text) for name, item in value.items()}
    if isinstance(value, list):
        return [_in_json(item, text) for item in value]
    return text if isinstance(value, str) and not _ID.match(value) else value


def contents(*, but: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return {table: all its rows as one text} of the instance: to see that nothing has changed."""
    from workspaces.scope import every_workspace

    found = {}
    with every_workspace("a test compares the whole database"):
        for model in (
            m for app in [*OUR_APPS, "account", "mfa", "auth"] for m in apps.get_app_config(app).get_models()
        ):
            if model._meta.label in but or not model._meta.managed:
                continue
            rows = sorted(
                json.dumps(row, default=str) for row in model._default_manager.order_by("pk").values()
            )
            found[model._meta.label] = "\n".join(rows)
    return found
