"""Verbs of brands and campaigns."""

from campaigns.operations.brands import create_brand, edit_brand, make_first_brand, restore_brand, trash_brand
from campaigns.operations.campaigns import (
    TRASH_DAYS,
    archive_campaign,
    complete_campaign,
    complete_onboarding,
    counts,
    create_campaign,
    duplicate_campaign,
    edit_campaign,
    promises,
    purge_campaign,
    purge_expired,
    restore_campaign,
    start_campaign,
    trash_campaign,
    unarchive_campaign,
)

__all__ = [
    "TRASH_DAYS",
    "archive_campaign",
    "complete_campaign",
    "complete_onboarding",
    "counts",
    "create_brand",
    "create_campaign",
    "duplicate_campaign",
    "edit_brand",
    "edit_campaign",
    "make_first_brand",
    "promises",
    "purge_campaign",
    "purge_expired",
    "restore_brand",
    "restore_campaign",
    "start_campaign",
    "trash_brand",
    "trash_campaign",
    "unarchive_campaign",
]
