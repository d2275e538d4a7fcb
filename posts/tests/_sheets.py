"""The way of a sheet through the pages and the worker, for tests."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from aura.kit import jobs
from imports.models import Import, ImportRow

R = ImportRow.Status
HEADINGS = "Headline,Text,Date,Time,Channel,Camp.,Image,KW\n"
GOOD = 'Spring buns,"Warm, and gone by ten",2099-03-23,09:30,Sandbox,Hot-spring rye,,13\n'


def upload(client, content: str | bytes, name: str = "plan.csv"):
    body = content.encode() if isinstance(content, str) else content
    return client.post("/w/barrow-rye/imports/", {"file": SimpleUploadedFile(name, body)})


def uploaded(client, content: str | bytes, name: str = "plan.csv") -> Import:
    answer = upload(client, content, name)
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return Import.objects.order_by("-id").first()


def set_columns(client, source: Import, **more: Any):
    data = {f"column_{number}": key for number, key in enumerate(source.mapping)} | {
        "then": "save",
        "keep": "on",
    }
    return client.post(f"/w/barrow-rye/imports/{source.pk}/columns/", data | more)


def work(source: Import) -> Import:
    """What a worker does with it until nothing is due."""
    while jobs.run_one("imports.work_import", source.workspace_id, source.pk):
        pass
    source.refresh_from_db()
    return source


def checked(client, content: str | bytes, **more: Any) -> Import:
    source = uploaded(client, content)
    answer = set_columns(client, source, **more)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return work(source)


def act(client, source: Import, verb: str, **data: Any) -> Import:
    assert client.post(f"/w/barrow-rye/imports/{source.pk}/{verb}/", data).status_code == 302
    source.refresh_from_db()
    return source


def said(source: Import) -> dict[int, str]:
    return {
        row.line: " ".join(row.sentences) for row in ImportRow.objects.filter(source=source).order_by("line")
    }
