"""What the tests of adapters share: files that are streamed, and a walk through OAuth."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

from aura.kit import egress
from posts.networks.base import AppKeys, Connected, Network, OutgoingMedia, Rejected
from posts.networks.standin import Behaviour
from posts.networks.testkit import StandInStage

CALLBACK = "https://aura.example/connected/"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Bytes:
    """A file in storage that notes how much of it was asked for at once."""

    content: bytes
    largest: list[int] = field(default_factory=list)

    def __call__(self) -> BinaryIO:
        """Open it."""
        outer = self

        class Watched(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                outer.largest.append(len(outer.content) if size is None or size < 0 else size)
                return super().read(size)

        return Watched(self.content)


class Quick(StandInStage):
    """A stage for the second run of a contract: without what is slow and does not depend on the kind of channel."""

    @property
    def can(self) -> frozenset[Behaviour]:
        """All but waiting."""
        return super().can - {Behaviour.HANG, Behaviour.DRIP, Behaviour.SLOW}


def picture(
    content: bytes = b"\xff\xd8 a picture", *, mime: str = "image/jpeg", alt: str = "Rye bread"
) -> OutgoingMedia:
    return _file(content, mime, width=1_200, height=900, alt_text=alt, name="bread")


def film(content: bytes = b"ftyp a film" * 50_000, *, alt: str = "The oven at six") -> OutgoingMedia:
    return _file(content, "video/mp4", width=1_280, height=720, seconds=12.0, alt_text=alt, name="oven")


def _file(content: bytes, mime: str, **more: Any) -> OutgoingMedia:
    return OutgoingMedia(mime, len(content), hashlib.sha256(content).hexdigest(), open=Bytes(content), **more)


def connect(
    network: Network,
    app: AppKeys,
    settings: Mapping[str, Any],
    *,
    now: datetime,
    verifier: str = VERIFIER,
) -> Connected | Rejected:
    """Say yes on the network's page and come back with the code, as a browser does."""
    url = network.authorize_url(app, settings, redirect_uri=CALLBACK, state="s-1", challenge=CHALLENGE)
    page = egress.request("GET", url)
    assert isinstance(page, egress.Response), page
    assert page.status == 302, page.text
    back = urlsplit(page.headers["location"])
    came = {name: values[0] for name, values in parse_qs(back.query).items()}
    assert back._replace(query="").geturl() == CALLBACK
    assert came["state"] == "s-1"
    return network.exchange(
        app, settings, code=came["code"], redirect_uri=CALLBACK, verifier=verifier, now=now
    )
