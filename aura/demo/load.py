"""Loads the demo: everything by the operations a person would use, then the past is dated back."""

from __future__ import annotations

import contextlib
import hashlib
import io
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F

from aura.demo import content
from aura.demo.content import DemoCampaign, DemoPost
from aura.demo.pictures import draw
from aura.kit import clock, jobs
from aura.kit.files import HashedUpload
from campaigns.models import Brand, Campaign
from campaigns.operations import create_brand, create_campaign, edit_brand, start_campaign
from media_library import formats
from media_library.models import Asset
from media_library.names import title_of_words
from media_library.operations import edit_asset, receive_upload, write_words
from posts.models import Attempt, Channel, Post, SandboxPost, Target
from posts.operations import ledger
from posts.operations.channels import create_channel, edit_channel
from posts.operations.review import approve_post, request_changes, submit_post
from posts.operations.scheduling import cancel_post, publish_post, schedule_post
from posts.operations.settle import settle
from posts.operations.writing import create_post
from posts.parts import Own, Part
from workspaces.models import Activity, Membership, Notification, User, Workspace
from workspaces.notices import without_mail
from workspaces.operation import Refused
from workspaces.operations import add_comment, create_workspace
from workspaces.scope import use_workspace
from workspaces.talk import Place, locate

Say = Callable[[str], None]
SLUG = "demo"
WORKSPACE_ID = uuid.UUID("01938f00-0000-7000-8000-00000000de30")
"""Always the same, so that a load finds the files of one that was killed, which no row names."""
PICTURE = {"width": 1200, "height": 900}
TRIES = 30
"""How often a load asks while another process holds the workspace, each time for as long as the database waits."""


class _Taken(Exception):
    """Another process made the demo, or is at it."""


def load(*, password: str, now: datetime, say: Say) -> bool:
    """Make the demo workspace and its owner with this password, all or nothing; return False when it is there already.

    While another process loads it, wait for the outcome. Raises Refused when it does not come, or when somebody
    else's workspace has the address of the demo.
    """
    for _ in range(TRIES):
        there = Workspace.objects.filter(pk=WORKSPACE_ID).exists()
        if there or User.objects.filter(email=content.DEMO_OWNER).exists():
            return False
        with contextlib.suppress(_Taken), _claimed(password) as (workspace, owner):
            _forget_files()
            for person in content.PEOPLE:
                user = User.objects.filter(email=person.email).first()
                user = user or User.objects.create_user(person.email, name=person.name)
                Membership.objects.create(workspace=workspace, user=user, role=person.role)
            with use_workspace(workspace), without_mail():
                _Loader(workspace, owner, now, say).run()
            return True
    raise Refused(
        "The database is busy; another process may be loading it. Wait until that ends, then try again."
    )


@contextlib.contextmanager
def _claimed(password: str) -> Iterator[tuple[Workspace, User]]:
    """Hold the transaction of a load, and in it the workspace and its owner, whose keys nobody else can have.

    The files of the workspace are then ours alone. Raises _Taken when another process was first.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(transaction.atomic())
            owner = User.objects.create_superuser(content.DEMO_OWNER, password, name="Ama Mensah")
            workspace = Workspace(pk=WORKSPACE_ID, name="Quayside Studio", slug=SLUG, zone="Europe/Dublin")
            create_workspace(workspace, owner=owner, by=owner)
        except (IntegrityError, OperationalError) as problem:
            # The other's rows are there now, or the wait for them was longer than the database allows.
            raise _Taken from problem
        yield workspace, owner


def _forget_files() -> None:
    """Take away the files of a load that was killed: its rows are gone with its transaction."""
    folder = str(WORKSPACE_ID)
    try:
        names = default_storage.listdir(folder)[1]
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")


class _Loader:
    """One loading of the demo into the open workspace."""

    def __init__(self, workspace: Workspace, owner: User, now: datetime, say: Say) -> None:
        self.workspace, self.owner, self.now, self.say = workspace, owner, now, say
        self.today = clock.wall_of(now, workspace.zone).date()
        people = User.objects.filter(memberships__workspace=workspace).order_by("memberships__created_at")
        self.editors = [user for user in people if user.name.split()[0] in {"Ama", "Priya", "Dan"}]
        self.brands: dict[str, Brand] = {}
        self.channels: dict[str, Channel] = {}
        self.assets: dict[tuple[str, int], Asset] = {}

    def run(self) -> None:
        """Make brands, channels, pictures, campaigns and posts."""
        self._make_brands()
        self._make_channels()
        self.say("Drawing pictures ...")
        wanted = [picture for c in content.CAMPAIGNS for post in c.posts for picture in post.pictures]
        for scene, seed in dict.fromkeys([*wanted, *content.LIBRARY_ONLY]):
            if (scene, seed) == content.LIBRARY_ONLY[0]:
                self._add_film()
            self.assets[scene, seed] = self._add_picture(scene, seed)
        self.say("Writing campaigns and posts ...")
        for kind, body in content.WORDS:
            write_words(Asset(kind=kind, body=body, title=title_of_words(body)), by=self.owner)
        for number, plan in enumerate(content.CAMPAIGNS):
            self._make_campaign(plan, self.editors[number % len(self.editors)])
        self._talk()

    def _talk(self) -> None:
        post, first = Post.objects.get(title=content.TALKED_ABOUT), None
        for email, words, quote in content.TALK:
            where = locate(quote, {"caption": Place("", post.caption)}) if quote else None
            place, at = where or ("", None)
            person = User.objects.get(email=email)
            first = add_comment(
                post, body=words, parent=first, place=place, quote=quote, quote_at=at, by=person
            )

    def _make_brands(self) -> None:
        first = Brand.objects.get()  # made with the workspace
        for plan in content.BRANDS:
            brand = first if not self.brands else Brand()
            brand.name, brand.about, brand.guardrails = plan.name, plan.about, plan.guardrails
            brand.voice_tags, brand.colours = plan.voice, plan.colours
            save = edit_brand if brand is first else create_brand
            self.brands[plan.name] = save(brand, by=self.owner)

    def _make_channels(self) -> None:
        first = Channel.objects.get(network="sandbox")  # made with the workspace
        for plan in content.CHANNELS:
            channel = first if not self.channels else Channel(network=plan.network)
            channel.name = plan.name
            channel.brand = self.brands.get(plan.brand)
            channel.settings = {"stands_for": plan.stands_for} if plan.stands_for else {}
            save = edit_channel if channel is first else create_channel
            self.channels[plan.name] = save(channel, by=self.owner)

    def _add_picture(self, scene: str, seed: int) -> Asset:
        data = draw(scene, seed=seed, **PICTURE)
        name = f"{scene.replace('_', ' ')} {seed}"
        return self._add_file(f"{name}.jpg", data, name.capitalize(), content.ALT_TEXTS[scene])

    def _add_film(self) -> Asset:
        film = content.FILM
        return self._add_file(film.path.name, film.path.read_bytes(), film.title, film.alt_text)

    def _add_file(self, name: str, data: bytes, title: str, alt_text: str) -> Asset:
        upload = HashedUpload(name, "", None, None)
        upload.write(data)
        upload.size = len(data)
        upload.sha256 = hashlib.sha256(data).hexdigest()
        upload.seek(0)
        description = formats.judge(io.BytesIO(data))
        asset = receive_upload(upload, description, now=self.now, by=self.owner).asset
        asset.refresh_from_db()
        asset.title, asset.alt_text = title, alt_text
        edit_asset(asset, by=self.owner)
        jobs.run_one("media_library.make_renditions", self.workspace.pk, asset.pk)
        asset.refresh_from_db()
        return asset

    def _make_campaign(self, plan: DemoCampaign, author: User) -> None:
        draft = Campaign(
            brand=self.brands[plan.brand],
            name=plan.name,
            overview=plan.overview,
            target_audience=plan.audience,
            guardrails=plan.guardrails,
            goal=plan.goal,
            category=plan.category,
            start_date=self.today + timedelta(days=plan.start),
            end_date=self.today + timedelta(days=plan.end),
            budget=plan.budget or None,
        )
        campaign = create_campaign(draft, voice_tags=plan.voice, tags=plan.tags, now=self.now, by=author)
        if plan.status == Campaign.Status.IN_PROGRESS:
            campaign = start_campaign(campaign, now=self.now, by=author)
        for number, post in enumerate(plan.posts):
            self._make_post(post, campaign, self.editors[(number + 1) % len(self.editors)])

    def _make_post(self, plan: DemoPost, campaign: Campaign, author: User) -> None:
        at = self._instant(plan)
        zone = self.workspace.zone
        post = Post(campaign=campaign, title=plan.title, caption=plan.caption)
        if at is not None:
            post.scheduled_at, post.zone = at, zone
            post.wall_time = clock.wall_of(at, zone).isoformat(timespec="minutes")
        words = {self.channels[name]: plan.own_words.get(name, "") for name in plan.channels}
        pictures = [self.assets[picture] for picture in plan.pictures]
        own = {}
        if plan.parts or plan.comment:
            following = tuple(Part(said) for said in plan.parts)
            own = {self.channels[plan.channels[0]]: Own(parts=following, comment=plan.comment)}
        post = create_post(post, words=words, pictures=pictures, own=own, by=author)
        getattr(self, f"_becomes_{plan.becomes}")(post, at)

    def _instant(self, plan: DemoPost) -> datetime | None:
        if plan.day is None:
            return None
        wall = datetime.combine(self.today + timedelta(days=plan.day), time.fromisoformat(plan.time))
        return clock.shifted_instant_of(wall, self.workspace.zone)

    # What a post becomes, each as it would come about ----------------------------------------------------------

    def _becomes_draft(self, post: Post, at: datetime | None) -> None:
        pass

    def _becomes_in_review(self, post: Post, at: datetime | None) -> None:
        submit_post(post, by=self.editors[1])

    def _becomes_approved(self, post: Post, at: datetime | None) -> None:
        approve_post(submit_post(post, by=self.editors[1]), by=self.owner)

    def _becomes_changes_requested(self, post: Post, at: datetime | None) -> None:
        note = "Lovely, but the cross on the fourth one is crooked. Take the other tray."
        request_changes(submit_post(post, by=self.editors[1]), note=note, by=self.owner)

    def _becomes_scheduled(self, post: Post, at: datetime) -> None:
        schedule_post(post, at=at, now=self.now, by=self.owner)

    def _becomes_cancelled(self, post: Post, at: datetime) -> None:
        schedule_post(post, at=self.now + timedelta(days=1), now=self.now, by=self.owner)
        cancel_post(post, by=self.owner)
        self._date_back(post, at)

    def _becomes_published(self, post: Post, at: datetime) -> None:
        publish_post(post, now=self.now, by=self.owner)
        self._send(post)
        self._date_back(post, at)

    def _becomes_needs_confirmation(self, post: Post, at: datetime) -> None:
        self._becomes_published(post, at)

    def _becomes_partly_published(self, post: Post, at: datetime) -> None:
        self._becomes_published(post, at)
        refused = post.targets.order_by("-id")[0]
        self._refuse(refused, "The screen answered that it is switched off. Switch it on, then send again.")
        self._date_back(post, at)

    def _becomes_failed(self, post: Post, at: datetime) -> None:
        self._becomes_published(post, at)
        for target in post.targets.all():
            self._refuse(
                target, "The picture is wider than this feed takes. Pick another one, then send again."
            )
        self._date_back(post, at)

    def _becomes_missed(self, post: Post, at: datetime) -> None:
        """Aura was switched off at its time: what the engine would write down on coming back."""
        publish_post(post, now=self.now, by=self.owner)
        sentence = "Aura was not running at its time, and it is too late to send it by itself."
        for target in post.targets.all():
            Target.objects.filter(pk=target.pk).update(
                status=Target.Status.MISSED, due_at=None, sentence=sentence
            )
            ledger.write(target, ledger.Outcome.NOT_SENT, sentence, now=self.now)
        settle(post.pk)
        self._date_back(post, at)

    def _send(self, post: Post) -> None:
        for target in post.targets.order_by("channel", "as_comment", "position"):
            jobs.run_one("posts.publish_target", self.workspace.pk, target.pk)

    def _refuse(self, target: Target, sentence: str) -> None:
        """Make of something that went out something that was refused: nobody's feed has it, the ledger says why."""
        SandboxPost.objects.filter(key=target.key).delete()
        Attempt.objects.filter(target=target).update(outcome=Attempt.Outcome.REJECTED, sentence=sentence)
        Target.objects.filter(pk=target.pk).update(
            status=Target.Status.FAILED, sentence=sentence, published_at=None, remote_id="", remote_url=""
        )
        settle(target.post_id)

    def _date_back(self, post: Post, at: datetime) -> None:
        """Put what has just happened where the story wants it."""
        by = at - self.now
        wall = clock.wall_of(at, self.workspace.zone).isoformat(timespec="minutes")
        Post.objects.filter(pk=post.pk).update(scheduled_at=at, wall_time=wall, zone=self.workspace.zone)
        dated: list[tuple[Any, dict[str, Any], tuple[str, ...]]] = [
            (Post, {"pk": post.pk, "published_at__isnull": False}, ("published_at",)),
            (Target, {"post": post}, ("promised_at",)),
            (Target, {"post": post, "published_at__isnull": False}, ("published_at",)),
            (Attempt, {"target__post": post}, ("started_at", "ended_at")),
            (SandboxPost, {"key__in": list(post.targets.values_list("key", flat=True))}, ("received_at",)),
            (Activity, {"subject_id": post.pk, "verb__startswith": "posts.publish_"}, ("at",)),
            (Notification, {"subject_id": post.pk}, ("at",)),
        ]
        for model, which, columns in dated:
            model.objects.filter(**which).update(**{column: F(column) + by for column in columns})
