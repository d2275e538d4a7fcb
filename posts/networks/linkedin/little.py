"""LinkedIn's "little text" of a post's commentary: an unescaped bracket silently cuts the rest of the post off."""

from __future__ import annotations

import re

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_HASHTAG = re.compile(r"(?<![\w&/#])#((?=[^\W_]*[^\W\d_])[^\W_]+)")
_TEMPLATE = re.compile(r"\{hashtag\|\\#\|((?:[^\\|{}]|\\.)*)\}")
_ANYBODY = re.compile(r"@\[((?:[^\\\]]|\\.)*)\]\([^)]*\)")


def escaped(text: str) -> str:
    """Return a text as it has to be sent: hashtags as what they are, every other reserved character behind a stroke."""
    pieces, end = [], 0
    for tag in _HASHTAG.finditer(text):
        pieces += [_quoted(text[end : tag.start()]), "{hashtag|\\#|", _quoted(tag.group(1)), "}"]
        end = tag.end()
    return "".join([*pieces, _quoted(text[end:])])


def plain(commentary: str) -> str:
    """Return what people read of a commentary that LinkedIn lists."""
    words = _TEMPLATE.sub(r"#\1", commentary)
    words = _ANYBODY.sub(r"@\1", words)
    return re.sub(r"\\(.)", r"\1", words)


def _quoted(text: str) -> str:
    return _RESERVED.sub(lambda found: "\\" + found.group(), text)
