"""`manage.py rotate_keys`: seal everything with the first key of AURA_SECRET_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aura.sealed import rotate_everything


class Command(BaseCommand):
    """Seals anew what was sealed with another key than the first. Afterwards the others can go."""

    help = "Seal the secrets of channels, apps and second steps anew, with the first key of AURA_SECRET_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and say what was done."""
        rotated = rotate_everything()
        done = ", ".join(f"{count} {kind}" for kind, count in rotated.done.items() if count)
        self.stdout.write(f"Sealed anew: {done}." if done else "Everything is sealed with the first key.")
        for name in rotated.lost:
            self.stdout.write(f"No key opens: {name}")
        if rotated.lost:
            raise CommandError(
                "Put the key they were sealed with at the end of AURA_SECRET_KEYS and run this again, or connect anew."
            )
