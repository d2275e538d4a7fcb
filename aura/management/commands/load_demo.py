"""`manage.py load_demo`: two brands at work, to look around in."""

from __future__ import annotations

import os
import secrets
from typing import Any

from django.core.management.base import BaseCommand

from aura.demo import content, load
from aura.kit import clock


class Command(BaseCommand):
    """Loads the demo once; a second run changes nothing."""

    help = "Load demo content: a workspace with two brands, campaigns, pictures and posts in every lasting state."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        """Load it, and say how to sign in."""
        given = os.environ.get("AURA_DEMO_PASSWORD", "").strip()
        password = given or secrets.token_urlsafe(12)
        say = self.stdout.write if verbosity else lambda line: None
        if not load.load(password=password, now=clock.now(), say=say):
            self.stdout.write(f"The demo is there already. Sign in as {content.DEMO_OWNER}.")
            return
        shown = "the password in AURA_DEMO_PASSWORD" if given else password
        if verbosity:
            self.stdout.write(f"Demo loaded. Sign in as {content.DEMO_OWNER} with {shown}.")
