"""The app of channels, posts and publishing."""

from django.apps import AppConfig


class PostsConfig(AppConfig):
    """Channels, posts, targets and the publishing engine."""

    name = "posts"

    def ready(self) -> None:
        """Register where assets are used, what is due, what campaigns and workspaces hold here, and the sandbox."""
        from django.urls import reverse

        from aura.kit import jobs
        from campaigns import sections
        from campaigns.operations import contents
        from imports import kinds
        from media_library import uses
        from posts import happenings, importing, tasks, telling
        from posts.campaign_sections import SECTIONS
        from posts.contents import PostsOfCampaigns, describe_going, describe_unapproved, let_go
        from posts.finding import KIND
        from posts.models import PostMedia, TargetMedia
        from posts.networks.sandbox import register_store
        from posts.operations.channels import make_first_channel
        from posts.operations.link_answers import forget_old_links
        from posts.operations.looking_ahead import look_at_all_again
        from posts.operations.pictures import PicturesOfPosts, pictures_change
        from posts.remarks import SUBJECT
        from posts.sandbox_store import DatabaseStore
        from workspaces import events, notices, search, talk
        from workspaces.operations import on_approval_needed, on_going, on_new_workspace, on_quiet_times

        uses.register(PostMedia, select_related=["post"])
        uses.register(TargetMedia, select_related=["target__post", "target__channel"])
        uses.on_change(pictures_change)
        uses.on_replace(PicturesOfPosts())
        uses.register_start(
            "Write a post with it", lambda asset: f"{reverse('posts:create')}?words={asset.pk}"
        )
        tasks.register()
        jobs.register_chore(jobs.Chore("posts.forget_old_links", 24 * 3600, forget_old_links))
        contents.register(PostsOfCampaigns())
        on_new_workspace(make_first_channel)
        on_going(describe_going, let_go)
        on_approval_needed(describe_unapproved)
        on_quiet_times(look_at_all_again)
        register_store(DatabaseStore())
        search.register(KIND)
        talk.register(SUBJECT)
        kinds.register(importing.KIND)
        for kind in telling.KINDS:
            notices.register(kind)
        for event in happenings.KINDS:
            events.register(event)
        for section in SECTIONS:
            sections.register(section)
