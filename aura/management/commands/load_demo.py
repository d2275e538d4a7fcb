"""`manage.py load_demo`: two brands at work, to look around in."""

from __future__ import annotations

import os
import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aura.demo import content, load
from aura.kit import clock
from aura.kit.problems import Refused


class Command(BaseCommand):
    """Loads the demo once; a second run changes nothing."""

    help = "Load demo content: a workspace with two brands, campaigns, pictures and posts in every lasting state."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        """Load it, and say how to sign in."""
        given = os.environ.get("AURA_DEMO_PASSWORD", "").strip()
        password = given or secrets.token_urlsafe(12)
        say = self.stdout.write if verbosity else lambda line: None
        try:
            loaded = load.load(password=password, now=clock.now(), say=say)
        except Refused as problem:
            raise CommandError(f"The demo lives at /w/{load.SLUG}/. {problem}") from None
        if not loaded:
            self.stdout.write(f"The demo is there already. Sign in as {content.DEMO_OWNER}.")
            return
        shown = "the password in AURA_DEMO_PASSWORD" if given else password
        if verbosity:
            self.stdout.write(f"Demo loaded. Sign in as {content.DEMO_OWNER} with {shown}.")
