"""Two calls that each wait for the other: the one that the database gives up is answered all the same."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections
from django.http import HttpResponse

from aura.kit import clock
from campaigns.models import Brand
from workspaces.api import once
from workspaces.models import Workspace
from workspaces.scope import use_workspace


@pytest.mark.race
@pytest.mark.postgres
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer: nobody waits in a circle"
)
@pytest.mark.django_db(transaction=True)
def test_two_calls_that_wait_for_each_other_are_both_answered(workspace: Workspace) -> None:
    with use_workspace(workspace):
        brands = [Brand.objects.create(name=name) for name in ("Rye", "Moss")]
    met, tries, heard = threading.Barrier(2), [], []

    def responding(first: Brand, second: Brand) -> Callable[[], HttpResponse]:
        seen: list[int] = []

        def respond() -> HttpResponse:
            Brand.objects.filter(pk=first.pk).update(about=f"{first} first")
            tries.append(first.name)
            if not seen:
                seen.append(1)
                met.wait(60)
            Brand.objects.filter(pk=second.pk).update(about=f"{first} first")
            return HttpResponse(status=204)

        return respond

    def work(key: str, first: Brand, second: Brand) -> None:
        try:
            with use_workspace(workspace):
                heard.append(once.answer(key, key, responding(first, second), now=clock.now()).status_code)
        finally:
            connections.close_all()

    for keys in (("", ""), ("one", "two")):
        both = (brands, brands[::-1])
        threads = [
            threading.Thread(target=work, args=(key, *pair)) for key, pair in zip(keys, both, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert heard == [204, 204]
        assert len(tries) == 3, "one of them was made again"
        heard.clear()
        tries.clear()
        met.reset()
