"""The contract as OpenAPI 3.1: what ninja knows of types, and what every call has without saying so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.schema import NinjaGenerateJsonSchema

from workspaces.api import bodies, once, problems
from workspaces.api.calls import DECLARED, Declared, Resource
from workspaces.api.schemas import Problem

_NAMES = {
    400: "Malformed", 401: "Unauthenticated", 403: "Forbidden", 404: "NotFound", 406: "NotAcceptable",
    408: "TooSlow", 409: "Conflict", 411: "LengthRequired", 412: "StaleVersion", 413: "TooLarge",
    414: "AddressTooLong", 415: "UnsupportedMediaType", 422: "Invalid", 429: "TooMany", 431: "HeadersTooLarge",
    500: "Broken", 503: "Unavailable",
}  # fmt: skip
_HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {
        "description": "Names this answer: for `If-None-Match`, and for `If-Match` of the call that changes it.",
        "schema": {"type": "string", "examples": ['"7.5f0c1b2a9d3e4f60"']},
    },
    "RateLimit": {
        "description": "How many calls are left, and in how many seconds the count begins anew.",
        "schema": {"type": "string", "examples": ['"calls";r=598;t=42']},
    },
    "RateLimit-Policy": {
        "description": "The limit: how many calls in how many seconds.",
        "schema": {"type": "string", "examples": ['"calls";q=600;w=60']},
    },
    "Retry-After": {
        "description": "In how many seconds to try again.",
        "schema": {"type": "integer", "examples": [42]},
    },
    "Location": {
        "description": "The address of what was made.",
        "schema": {"type": "string", "examples": ["/api/v1/campaigns/019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f"]},
    },
    "Link": {
        "description": 'Where the next page is, as `rel="next"`; absent on the last one.',
        "schema": {"type": "string", "examples": ['</api/v1/campaigns?cursor=WyI>; rel="next"']},
    },
}
_FILE = {"*/*": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}}
_PARAMETERS: dict[str, dict[str, Any]] = {
    "IdempotencyKey": {
        "name": once.HEADER,
        "in": "header",
        "required": False,
        "description": "A word of your own for this call, such as a UUID. Sent again within 24 hours, the call has no "
        "second effect and gets the answer of the first; with other contents it is refused (422).",
        "schema": {
            "type": "string",
            "maxLength": 255,
            "pattern": "^[!-~]*$",
            "examples": ["6f1d7c0e-8a53-4a35-9a1b-0d1c8b7f2a11"],
        },
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` of the object as you read it. Where it was changed since, nothing is done (412).",
        "schema": {"type": "string", "examples": ['"7.5f0c1b2a9d3e4f60"']},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` of the answer that you have. Where it is still the same, 304 without a body.",
        "schema": {"type": "string", "examples": ['"7.5f0c1b2a9d3e4f60"']},
    },
}
_SECURITY: dict[str, dict[str, Any]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of a workspace, made in Settings, Tokens. It names the workspace, and may do what its "
        "role and its words say.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "aura",
        "description": "A browser that is signed in calls below `/w/<workspace>/api/v1/`; what changes something needs "
        "the page's CSRF token in the header `X-CSRFToken`.",
    },
}


def errors_of(declared: Declared) -> list[int]:
    """Return the statuses with which a call may fail, beside what it is meant to answer."""
    statuses = {400, 401, 404, 414, 422, 429, 431, 500, 503}
    if declared.status != 204 and not declared.sends_file:
        statuses |= {406}
    if declared.is_open:
        return sorted(statuses | {408, 411, 413, 415})
    statuses |= {403}
    if declared.rules.unsafe or declared.sends_file:
        statuses |= {409}
    if declared.rules.unsafe:
        statuses |= {412} if declared.holds_to_version else set()
        statuses |= {408, 411, 413, 415}
    return sorted(statuses)


def schema_of(api: NinjaAPI, resources: Iterable[Resource]) -> dict[str, Any]:
    """Return the contract of all calls."""
    made = OpenAPISchema(api, "api/v1/")
    calls = [(one["operationId"], one) for path in made["paths"].values() for one in path.values()]
    components: dict[str, Any] = {"schemas": dict(made["components"].get("schemas", {}))}
    components["schemas"]["Problem"] = Problem.model_json_schema(schema_generator=NinjaGenerateJsonSchema)
    for name, call in calls:
        _complete(call, DECLARED[name], components["schemas"])
    components["responses"] = {name: _problem_response(status) for status, name in sorted(_NAMES.items())}
    components["parameters"] = _PARAMETERS
    components["headers"] = _HEADERS
    components["securitySchemes"] = _SECURITY
    components["schemas"] = dict(sorted(components["schemas"].items()))
    return {
        "openapi": "3.1.0",
        "info": {"title": api.title, "version": api.version, "description": api.description},
        "servers": [{"url": "/", "description": "This instance"}],
        "tags": [{"name": one.name, "description": one.about} for one in resources],
        "paths": dict(made["paths"]),
        "components": components,
    }


def _complete(call: dict[str, Any], declared: Declared, schemas: dict[str, Any]) -> None:
    """Add to a call what ninja does not know: its body, its headers, its errors, who may."""
    word = declared.rules.word
    call["security"] = [] if declared.is_open else [{"bearer": [word] if word else []}, {"session": []}]
    call.pop("x-scope", None)
    needs = (
        f"`{word}`" if word else "no credential" if declared.is_open else "a credential, whatever it is for"
    )
    call["description"] = f"{call['description']}\n\nNeeds {needs}."
    for parameter in call["parameters"]:
        examples = parameter.pop("examples", None)  # those of the schema, which is where lists of them belong
        if examples is None and parameter["in"] == "path":
            parameter["description"] = "The id, a UUID."
            parameter["schema"]["examples"] = ["019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f"]
    wanted = [] if declared.is_open else ["IdempotencyKey"] if declared.rules.unsafe else ["IfNoneMatch"]
    wanted += ["IfMatch"] if declared.holds_to_version else []
    call["parameters"] += [{"$ref": f"#/components/parameters/{name}"} for name in wanted]
    if declared.takes:
        call["requestBody"] = _request_body(declared, schemas)
    good = call["responses"].pop(declared.status)
    if declared.sends_file:
        good |= {"description": "The file.", "content": _FILE}
    good["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in _headers_of(declared, good)}
    for parameter in call["parameters"]:
        if parameter.get("name") == "fields":
            _name_members(parameter, _tell_of_parts(good["content"][bodies.JSON], schemas))
    responses: dict[str, Any] = {str(declared.status): good}
    if not declared.rules.unsafe:
        responses["304"] = {
            "description": "It is as you have it.",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
        }
    if declared.sends_file:
        responses["206"] = {"description": "The part of the file that `Range` asks for.", "content": _FILE}
        responses["302"] = {"description": "The file is at this address for five minutes."}
        responses["416"] = {"description": "`Range` asks for more than there is."}
    for status in errors_of(declared):
        responses[str(status)] = {"$ref": f"#/components/responses/{_NAMES[status]}"}
    call["responses"] = responses


def _tell_of_parts(content: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    """Say that a call answers with whole objects, or with the members that `fields` names; return all their names."""
    name = content["schema"]["$ref"].rpartition("/")[2]
    holder = content
    key = "schema"
    if name.endswith("List"):
        holder, key = schemas[name]["properties"]["items"], "items"
    first = holder[key].get("anyOf", [holder[key]])[0]  # another call with this list may have said it already
    whole = first["$ref"].rpartition("/")[2]
    part = {one: value for one, value in schemas[whole].items() if one != "required"}
    about = f"{part.get('description', whole)}\n\nOnly with the members that `fields` names."
    schemas[f"{whole}Part"] = {**part, "title": f"{whole}Part", "description": about, "minProperties": 1}
    holder[key] = {"anyOf": [{"$ref": f"#/components/schemas/{one}"} for one in (whole, f"{whole}Part")]}
    return list(schemas[whole]["properties"])


def _name_members(parameter: dict[str, Any], names: list[str]) -> None:
    """Say which members `fields` may name, with commas between them."""
    parameter |= {"style": "form", "explode": False}
    parameter["schema"] = {
        "type": "array",
        "items": {"type": "string", "enum": names},
        "title": "Fields",
        "description": parameter["description"],
        "examples": [names[:3]],
    }


def _headers_of(declared: Declared, good: dict[str, Any]) -> list[str]:
    if declared.is_open:
        return []
    names = ["RateLimit", "RateLimit-Policy"]
    if "content" in good:
        names += ["ETag"]
        names += ["Link"] if "List" in str(good["content"]) else []
    return names + (["Location"] if declared.status == 201 else [])


def _request_body(declared: Declared, schemas: dict[str, Any]) -> dict[str, Any]:
    takes = declared.takes
    assert takes is not None
    name = f"{takes.name}Changes" if declared.partly else takes.name
    schemas[name] = {"title": name, **takes.schema(partly=declared.partly)}
    reference = {"$ref": f"#/components/schemas/{name}"}
    content: dict[str, Any] = {bodies.JSON: {"schema": reference}}
    if declared.upload is not None:
        members = dict(schemas[name]["properties"])
        for part, description in takes.files.items():
            files = {"type": "string", "contentMediaType": "application/octet-stream"}
            members[f"{part}[]"] = {
                "type": "array",
                "items": files,
                "description": description,
                "examples": [[]],
            }
        content[bodies.FORM] = {
            "schema": {"type": "object", "properties": members, "required": schemas[name].get("required", [])}
        }
    return {"required": not declared.partly and "required" in schemas[name], "content": content}


def _problem_response(status: int) -> dict[str, Any]:
    kind = problems.KINDS[status]
    example = {
        "type": "about:blank",
        "title": re.sub(r"(?<!^)(?=[A-Z])", " ", _NAMES[status]),
        "status": status,
        "detail": kind.sentence,
        "code": kind.code,
        "fields": {"name": ["Give the campaign a name."]} if status == 422 else {},
        "request_id": "019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f",
        "timestamp": "2026-11-26T10:15:00Z",
    }
    response: dict[str, Any] = {
        "description": kind.sentence,
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": example,
            }
        },
    }
    if status in {429, 503}:
        response["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return response
