"""What the tests of the API in real processes have done in their data folder: `begin|count`."""

from __future__ import annotations

import json

from campaigns.models import Campaign
from media_library.models import Asset, StoredFile
from media_library.tests import killed
from posts.models import Post
from posts.tests._made import make_campaign
from workspaces.models import User
from workspaces.scope import use_workspace
from workspaces.tests.programs import make


def begin() -> None:
    """Make a workspace with a campaign, and a token for everything; print both."""
    killed.begin()
    with use_workspace(killed.workspace()):
        campaign = make_campaign("Rye")
        secret = make(killed.workspace(), User.objects.get()).secret
    print(json.dumps({"secret": secret, "campaign": str(campaign.pk), "brand": str(campaign.brand_id)}))


def count() -> None:
    """Print how much there is."""
    with use_workspace(killed.workspace()):
        counted = {each.__name__: each.objects.count() for each in (Campaign, Post, Asset, StoredFile)}
    print(json.dumps(counted))


if __name__ == "__main__":
    killed.main(begin=begin, count=count)
