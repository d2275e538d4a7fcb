"""docs/webhooks.md: its ten lines check our signatures as they stand there, and its table names every event."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from aura.kit import clock, signing
from workspaces import events

WORDS = (Path(settings.BASE_DIR) / "docs" / "webhooks.md").read_text()


def test_W1_the_ten_lines_of_the_docs_check_our_signatures() -> None:
    (code,) = re.findall(r"```python\n(.+?)```", WORDS, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    credential = signing.renewed({"secret": signing.new_secret()}, now=clock.now())
    body = signing.to_json({"type": "post.published", "data": {"name": "Зайди 🥖"}})
    headers = signing.headers_for(credential, "msg_1", body, now=clock.now())
    assert headers is not None
    is_from_aura = names["is_from_aura"]
    for secret in (credential["secret"], credential["previous_secret"]):
        assert is_from_aura(secret, headers, body)
    assert not is_from_aura(signing.new_secret(), headers, body)
    assert not is_from_aura(credential["secret"], headers, body + b" ")
    old = {**headers, "webhook-timestamp": str(int(time.time()) - 3600)}
    assert not is_from_aura(credential["secret"], old, body)


def test_the_table_of_the_docs_names_every_event() -> None:
    named = set(re.findall(r"^\| `([a-z_.]+)` \|", WORDS, re.MULTILINE))
    assert named == {kind.name for kind in events.kinds()} | {events.TEST}
