"""The bare framework for bench.api: django-ninja as it comes, answering JSON that it has in memory.

Run by a gunicorn of its own with as many threads as Aura's. `BENCH_ANSWERS` names a file of what Aura answered; each
answer is there as Python objects once it is loaded, and goes through a ninja Schema with the same members and through
ninja's renderer, as in any program made with it. No middleware, no database, no log.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, get_args, get_origin

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aura.settings")

import django
from django.conf import settings

django.setup()
settings.MIDDLEWARE = []  # an app asks for its layer while it is set up, so they go after that
settings.ROOT_URLCONF = "bench.bare"

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from ninja import NinjaAPI, Schema  # noqa: E402
from pydantic import BaseModel, create_model  # noqa: E402

from campaigns.api import CampaignOut  # noqa: E402
from media_library.api.shown import MediaOut  # noqa: E402
from posts.api.shown import PostOut  # noqa: E402

SHOWN: dict[str, type[BaseModel]] = {"posts": PostOut, "campaigns": CampaignOut, "media": MediaOut}
_made: dict[type[BaseModel], type[Schema]] = {}


def as_schema(shown: type[BaseModel]) -> type[Schema]:
    """Return a ninja Schema with the members of one of ours."""
    if shown not in _made:
        members: dict[str, Any] = {
            name: (_inside(field.rebuild_annotation()), ...) for name, field in shown.model_fields.items()
        }
        _made[shown] = create_model(f"Bare{shown.__name__}", __base__=Schema, **members)
    return _made[shown]


def _inside(annotation: Any) -> Any:
    """Return a type with our schemas in it replaced by ninja's."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return as_schema(annotation)
    if get_origin(annotation) is list:
        return list[_inside(get_args(annotation)[0])]  # type: ignore[misc]
    return annotation


def page_of(shown: type[BaseModel]) -> type[Schema]:
    """Return the schema of one page of a list."""
    items: Any = list[as_schema(shown)]  # type: ignore[misc]
    return create_model(
        f"PageOf{shown.__name__}",
        __base__=Schema,
        items=(items, ...),
        next=(str | None, ...),
        total=(int, ...),
    )


def bytes_of(value: Any) -> Any:
    """Return a view that sends an answer that was written out before: the least a framework can do."""
    body = json.dumps(value).encode()

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(body, content_type="application/json")

    return view


def addresses() -> list[Any]:
    """Return `/bare/<number>` for each answer, and `/written/<number>` for the same as bytes."""
    file = os.environ.get("BENCH_ANSWERS")
    bare = NinjaAPI(urls_namespace="bare", docs_url=None, openapi_url=None)
    written = []
    for number, (kind, value) in enumerate(json.loads(Path(file).read_text()) if file else []):
        schema = page_of(SHOWN[kind]) if "items" in value else as_schema(SHOWN[kind])
        bare.get(f"/{number}", response=schema)(lambda request, value=value: value)
        written.append(path(f"written/{number}", bytes_of(value)))
    return [path("bare/", bare.urls), *written]


urlpatterns = addresses()
application = WSGIHandler()
