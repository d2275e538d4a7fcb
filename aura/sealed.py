"""Everything sealed with AURA_SECRET_KEYS: sealed anew row by row, while Aura runs, so that a key can be changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import models

from aura.kit import secrets
from posts.models import Channel, Connecting, NetworkApp
from workspaces.models import WebhookEndpoint, Workspace
from workspaces.scope import use_workspace

COLUMNS: tuple[tuple[type[models.Model], str], ...] = (
    (Channel, "secret"),
    (NetworkApp, "secret"),
    (Connecting, "sealed"),
    (WebhookEndpoint, "secret"),
)
"""The sealed columns of workspaces."""
_OF_SECOND_STEPS = ("secret", "seed", "migrated_codes")


@dataclass
class Rotated:
    """What was sealed anew, by kind, and what no key opens any more."""

    done: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)


def rotate_everything() -> Rotated:
    """Seal anew, with the first key, whatever was sealed with another; what is sealed with the first stays.

    A row that is written meanwhile is left alone: whoever writes seals with the first key.
    """
    rotated = Rotated()
    for workspace in Workspace.objects.order_by("slug"):
        with use_workspace(workspace):
            for model, column in COLUMNS:
                _rotate_rows(model._default_manager, column, _column, rotated, f"/w/{workspace.slug}/")
    _rotate_rows(Authenticator.objects, "data", _second_step, rotated, "")
    return rotated


def _rotate_rows(
    manager: models.Manager[Any], column: str, anew: Callable[[Any], Any], rotated: Rotated, where: str
) -> None:
    name = str(manager.model._meta.verbose_name_plural)
    for pk, old in manager.order_by("pk").values_list("pk", column).iterator():
        try:
            new = anew(old)
        except secrets.SecretUnreadable:
            rotated.lost.append(f"{name} {pk} {where}".strip())
        else:
            if new != old:
                rotated.done[name] += manager.filter(**{"pk": pk, column: old}).update(**{column: new})


def _column(sealed: str) -> str:
    return sealed if not sealed or secrets.is_current(sealed) else secrets.rotate(sealed)


def _second_step(data: dict[str, Any]) -> dict[str, Any]:
    sealed = {name: data[name] for name in _OF_SECOND_STEPS if data.get(name)}
    anew = {
        name: [_column(one) for one in value] if isinstance(value, list) else _column(value)
        for name, value in sealed.items()
    }
    return {**data, **anew}
