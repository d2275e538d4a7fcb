"""Compares what would go out with what a network takes: the findings every network shares."""

from __future__ import annotations

import re

from aura.kit import textcount
from posts.networks.facts import Capabilities
from posts.networks.values import Finding, Outgoing, OutgoingMedia

HASHTAG = re.compile(r"(?<![\w&/])#\w*[^\W\d_]\w*")
_MENTION = re.compile(r"(?<![\w@/])@\w[\w.]*")


def judge(outgoing: Outgoing, can: Capabilities) -> list[Finding]:
    """Compare a post with a network's limits.

    A limit we only remember (`sure` is "M") gives an advice, it never blocks.
    """
    return [*_judge_place(outgoing, can), *_judge_words(outgoing, can), *_judge_media(outgoing, can)]


def _judge_place(outgoing: Outgoing, can: Capabilities) -> list[Finding]:
    """Judge whether the network takes something below a post at all."""
    answered = outgoing.reply_to
    if answered is None or (can.first_comment if answered.as_comment else can.threads):
        return []
    if answered.as_comment:
        return [
            Finding(
                "no_first_comment", "text", f"{can.name} takes no first comment.", "Take the comment out."
            )
        ]
    return [Finding("no_threads", "text", f"{can.name} takes no threads.", "Take the part out.")]


def _judge_words(outgoing: Outgoing, can: Capabilities) -> list[Finding]:
    found: list[Finding] = []

    def add(code: str, where: str, message: str, fix: str, *facts: str) -> None:
        found.append(Finding(code, where, message, fix, blocks=not any(can.is_guess(name) for name in facts)))

    is_comment = outgoing.reply_to is not None and outgoing.reply_to.as_comment
    own_limit = can.comment if is_comment else None
    for limit in can.text if own_limit is None else (own_limit,):
        length = textcount.count(outgoing.text, limit.rule)
        if length > limit.limit:
            unit = limit.unit
            add(
                "text_too_long",
                "text",
                f"The {'comment' if is_comment else 'text'} is {length - limit.limit:,} {unit} too long for {can.name} "
                f"({length:,} of {limit.limit:,}).",
                "Shorten it." if is_comment else "Shorten it, or write own words for this channel.",
                "text" if own_limit is None else "comment",
            )
    if can.text_required and not outgoing.text.strip() and not outgoing.media:
        add("empty", "text", f"{can.name} needs words or a file.", "Write something or add media.")
    if can.title_required and not outgoing.reply_to and not outgoing.title.strip():
        add("title_missing", "title", f"{can.name} needs a title.", "Give the post a title.")
    if can.title is not None:
        length = textcount.count(outgoing.title, can.title.rule)
        if length > can.title.limit:
            add(
                "title_too_long",
                "title",
                f"The title is longer than {can.title.limit:,} {can.title.unit} ({can.name}).",
                "Shorten the title.",
                "title",
            )
    for what, pattern, most in (
        ("hashtags", HASHTAG, can.hashtags_max),
        ("mentions", _MENTION, can.mentions_max),
    ):
        number = len(pattern.findall(outgoing.text)) if most is not None else 0
        if most is not None and number > most:
            add(
                f"too_many_{what}",
                "text",
                f"{can.name} takes {most} {what}, this text has {number}.",
                f"Take out {number - most}.",
                f"{what}_max",
            )
    return found


def _judge_media(outgoing: Outgoing, can: Capabilities) -> list[Finding]:
    found: list[Finding] = []

    def add(code: str, where: str, message: str, fix: str, *facts: str) -> None:
        found.append(Finding(code, where, message, fix, blocks=not any(can.is_guess(name) for name in facts)))

    media = outgoing.media
    images = sum(1 for item in media if item.is_image)
    videos = sum(1 for item in media if item.is_video)
    if can.media_required and not media and not outgoing.reply_to:
        add("media_missing", "media", f"{can.name} needs at least one image or video.", "Add media.")
    for what, number, most, fact in (
        ("files", len(media), can.media_max, "media_max"),
        ("images", images, can.images_max, "images_max"),
        ("videos", videos, can.videos_max, "videos_max"),
    ):
        if most is not None and number > most:
            add(
                f"too_many_{what}",
                "media",
                f"{can.name} takes {most} {what if most != 1 else what[:-1]}, this post has {number}.",
                f"Take out {number - most}.",
                fact,
            )
    if not can.mixes_media and images and videos:
        add("mixed_media", "media", f"{can.name} takes images or a video, not both.", "Keep one kind.")
    for index, item in enumerate(media):
        found += _judge_file(item, f"media.{index}", can)
    return found


def _judge_file(item: OutgoingMedia, where: str, can: Capabilities) -> list[Finding]:
    found: list[Finding] = []

    def add(code: str, message: str, fix: str, *facts: str) -> None:
        found.append(Finding(code, where, message, fix, blocks=not any(can.is_guess(name) for name in facts)))

    label = item.name or "This file"
    kind = "image" if item.is_image else "video" if item.is_video else ""
    types = can.image_types if kind == "image" else can.video_types if kind == "video" else can.document_types
    if types is not None and item.mime not in types:
        wanted = ", ".join(sorted(name.split("/")[-1].upper() for name in types))
        if wanted:
            add("wrong_type", f"{can.name} takes {wanted}; {label} is {item.mime}.", "Use another format.")
        else:
            add("wrong_type", f"{can.name} does not take {item.mime}.", "Take this file out.")
    most = can.image_bytes_max if kind == "image" else can.video_bytes_max if kind == "video" else None
    if most is not None and item.size > most:
        add(
            "file_too_large",
            f"{label} is {_megabytes(item.size)}, {can.name} takes {_megabytes(most)}.",
            "Use a smaller file.",
            f"{kind}_bytes_max",
        )
    if kind == "image" and item.width and item.height:
        ratio = round(1000 * item.width / item.height)
        if (can.ratio_min and ratio < can.ratio_min) or (can.ratio_max and ratio > can.ratio_max):
            add("wrong_shape", f"{can.name} crops or refuses the shape of {label}.", "Crop it first.")
    if kind == "video" and item.seconds is not None:
        if can.video_seconds_max is not None and item.seconds > can.video_seconds_max:
            add(
                "video_too_long",
                f"{label} is longer than {can.video_seconds_max:,} seconds ({can.name}).",
                "Use a shorter cut.",
                "video_seconds_max",
            )
        if can.video_seconds_min is not None and item.seconds < can.video_seconds_min:
            add(
                "video_too_short",
                f"{label} is shorter than {can.video_seconds_min} seconds ({can.name}).",
                "Use a longer cut.",
                "video_seconds_min",
            )
    if can.alt_required and kind == "image" and not item.alt_text.strip():
        add("alt_missing", f"{can.name} needs a description of {label}.", "Describe the image.")
    if can.alt_max is not None and len(item.alt_text) > can.alt_max:
        add(
            "alt_too_long",
            f"The description of {label} is longer than {can.alt_max:,}.",
            "Shorten it.",
            "alt_max",
        )
    return found


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
