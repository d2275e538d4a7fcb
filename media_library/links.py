"""Links that a network pulls a picture from: one rendition, 24 hours, revocable (decisions.md, Files).

The signature covers the rendition's id and its `link_epoch`; raising the epoch ends every link at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.core import signing

from media_library.models import Rendition
from workspaces.scope import every_workspace, instance_url

LASTS = timedelta(hours=24)
_signer = signing.TimestampSigner(salt="media_library.links", sep=".")


def public_url(rendition: Rendition) -> str:
    """Return a link to the rendition that works without signing in, from now on for 24 hours."""
    token = _signer.sign(f"{rendition.pk.hex}-{rendition.link_epoch}")
    return f"{settings.AURA_URL}{instance_url('public:media', token)}"


def public_urls(renditions: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return such a link for each of these renditions of the open workspace; one query."""
    rows = Rendition.objects.filter(pk__in=list(renditions), status=Rendition.Status.READY)
    return {row.pk: public_url(row) for row in rows}


def rendition_of(token: str) -> Rendition | None:
    """Return what a link leads to, or None: forged, expired, revoked, or its workspace is gone."""
    try:
        value = _signer.unsign(token, max_age=LASTS)
        key, epoch = value.split("-")
        wanted = {"pk": uuid.UUID(key), "link_epoch": int(epoch)}
    except (signing.BadSignature, ValueError):
        return None
    with every_workspace("the signature of the link names one rendition, whoever follows it"):
        found = Rendition.objects.filter(
            **wanted, status=Rendition.Status.READY, workspace__trashed_at=None
        ).select_related("workspace")
        return found.first()
