"""Quick HTML and addresses are those of Django."""

import uuid

from django.urls import reverse
from django.utils.html import format_html, format_html_join

from aura.kit.markup import address_of, filled, joined
from workspaces.models import Workspace
from workspaces.scope import use_workspace

WORDS = ["<b>", "a & b", "“it's”", '"', 7, None, format_html("<i>{}</i>", "<")]


def test_what_is_filled_in_is_escaped_once():
    pattern = '<a title="{}">{}{}{}{}{}{}</a>'
    assert filled(pattern, *WORDS) == format_html(pattern, *WORDS)
    assert filled("{}", filled("{}", "<")) == "&lt;"
    rows = [(one, other) for one in WORDS for other in WORDS]
    assert joined("{}: {}, ", rows) == format_html_join("", "{}: {}, ", rows)


def test_addresses_lie_below_the_open_workspace():
    for slug in ("one", "two", "one"):
        pk = uuid.uuid4()
        with use_workspace(Workspace(slug=slug)):
            assert (
                address_of("posts:detail", pk)
                == reverse("posts:detail", args=[pk])
                == f"/w/{slug}/posts/{pk}/"
            )
