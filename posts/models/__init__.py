"""Channels, posts, their targets, and the ledger of attempts."""

from posts.models.approval import Approval
from posts.models.channel import Channel, SandboxPost
from posts.models.connecting import Connecting, NetworkApp
from posts.models.draft import KeptDraft
from posts.models.feed import CalendarFeed
from posts.models.figure import TargetFigure
from posts.models.fit import Fit
from posts.models.link import LinkDay, ShortLink
from posts.models.link_answer import LinkAnswer
from posts.models.post import Post, PostMedia
from posts.models.preflight import Preflight
from posts.models.reminder import Reminder
from posts.models.review_link import LinkedPost, ReviewLink
from posts.models.series import Series, SeriesDate
from posts.models.slot import PostingSlot
from posts.models.snippet import Snippet
from posts.models.target import Attempt, Target, TargetMedia
from posts.models.version import PostVersion

__all__ = [
    "Approval",
    "Attempt",
    "CalendarFeed",
    "Channel",
    "Connecting",
    "Fit",
    "KeptDraft",
    "LinkAnswer",
    "LinkDay",
    "LinkedPost",
    "NetworkApp",
    "Post",
    "PostMedia",
    "PostVersion",
    "PostingSlot",
    "Preflight",
    "Reminder",
    "ReviewLink",
    "SandboxPost",
    "Series",
    "SeriesDate",
    "ShortLink",
    "Snippet",
    "Target",
    "TargetFigure",
    "TargetMedia",
]
