"""What a password has to be, as Django judges it, said as what to do about it."""

from __future__ import annotations

from django.contrib.auth import password_validation as judges


class MinimumLengthValidator(judges.MinimumLengthValidator):
    """Refuses a short one."""

    def get_error_message(self) -> str:
        """Say how long is long enough."""
        return f"Make it {self.min_length} characters or longer."

    def get_help_text(self) -> str:
        """Say it beforehand."""
        return f"{self.min_length} characters or longer."


class CommonPasswordValidator(judges.CommonPasswordValidator):
    """Refuses what is tried first."""

    def get_error_message(self) -> str:
        """Say why, and the way out."""
        return "Choose another one: this is among the first that anybody would try."

    def get_help_text(self) -> str:
        """Say it beforehand."""
        return "None that many people use."


class UserAttributeSimilarityValidator(judges.UserAttributeSimilarityValidator):
    """Refuses what everybody who knows the person would guess."""

    def get_error_message(self) -> str:
        """Say what to leave out."""
        return "Leave your name and your email address out of it."

    def get_help_text(self) -> str:
        """Say it beforehand."""
        return "Not your name or your email address."
