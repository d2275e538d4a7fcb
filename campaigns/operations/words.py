"""The tags of a campaign, written as a set."""

from __future__ import annotations

from collections.abc import Sequence

from aura.kit.words import tidy_words
from campaigns.models import VOICE_TAGS_AT_MOST, BrandVoiceTag, Campaign, CampaignTag


def write_voice_tags(campaign: Campaign, words: Sequence[str]) -> list[str]:
    """Make these the voice tags, in this order; return them tidied. The form has judged their number and length."""
    tidy = tidy_words(list(words))[:VOICE_TAGS_AT_MOST]
    if list(campaign.voice_tags.values_list("word", flat=True)) != tidy:
        campaign.voice_tags.all().delete()
        BrandVoiceTag.objects.bulk_create(
            [BrandVoiceTag(campaign=campaign, word=word, position=at) for at, word in enumerate(tidy)]
        )
    return tidy


def write_tags(campaign: Campaign, words: Sequence[str]) -> list[str]:
    """Make these the labels of the campaign; return them tidied."""
    tidy = tidy_words(list(words))
    if set(campaign.tags.values_list("word", flat=True)) != set(tidy):
        campaign.tags.all().delete()
        CampaignTag.objects.bulk_create([CampaignTag(campaign=campaign, word=word) for word in tidy])
    return tidy
