"""The contract as it is fuzzed: with ids in it of things that are there."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import httpx

Pools = dict[str, list[str]]
# Which list has the ids for a member or parameter of this name. Not of tokens: the one that fuzzes would be revoked.
_LISTS = {
    "brand": "brands",
    "campaign": "campaigns",
    "channel": "channels",
    "channels": "channels",
    "targets": "channels",
    "post": "posts",
    "posts": "posts",
    "series": "series",
    "media": "media",
    "logo": "media",
    "other": "media",
    "filter": "media/filters",
    "album": "albums",
    "snippet": "snippets",
    "import": "imports",
    "webhook": "webhooks",
    "member": "members",
    "invitation": "invitations",
    "notification": "notifications",
    "link": "review-links",
    "feed": "calendar-links",
    "app": "network-apps",
}
NAMES = frozenset(
    {
        *_LISTS,
        "person",
        "by",
        "approver",
        "who",
        "target",
        "comment",
        "parent",
        "slot",
        "delivery",
        "media_version",
        "version",
    }
)
"""What `things_there` has ids of."""
CSV = "title,caption,scheduled\nRye is back,Slowly made.,2031-03-04 09:00\nNo caption,,\n"
# What is in the files that are sent, by the name of their part: text, as the contract that is fuzzed is JSON.
_FILES = {
    "file[]": CSV,
    "media[]": '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><circle r="9"/></svg>',
}
_EACH = 12  # ids of a kind: enough for a search to choose from


def things_there(call: httpx.Client) -> Pools:
    """Return ids by the name of the member or parameter that takes them, as an owner sees them now."""

    def listed(path: str, **filters: str) -> list[dict[str, Any]]:
        query: dict[str, str | int] = {"limit": _EACH, **filters}
        return list(call.get(path, params=query).raise_for_status().json()["items"])

    pools = {name: [one["id"] for one in listed(path)] for name, path in _LISTS.items()}
    pools["media"] = [one["id"] for one in listed("media", kind="image")] + pools["media"][:4]
    pools["person"] = pools["by"] = pools["approver"] = pools["who"] = [
        call.get("auth/me").raise_for_status().json()["user"]["id"]
    ]
    pools["target"] = [target["id"] for post in listed("posts") for target in post["targets"]][:_EACH]

    def below(path: str, part: str) -> list[str]:
        found = (
            one["id"] for above in listed(path)[:_EACH] for one in listed(f"{path}/{above['id']}/{part}")
        )
        return list(islice(found, _EACH))

    pools["comment"] = pools["parent"] = below("posts", "comments")
    pools["slot"] = [slot["id"] for channel in listed("channels") for slot in channel["slots"]][:_EACH]
    pools["version"] = below("posts", "versions")
    pools["media_version"] = below("media", "versions")
    pools["delivery"] = below("webhooks", "deliveries")
    return pools


def with_things(contract: dict[str, Any], pools: Pools) -> dict[str, Any]:
    """Return a copy in which every id that is sent is one of those that are there, or any other.

    What a program has from an answer before (keys, tags, cursors) it cannot know here: examples of it would only be
    refused, call for call. So those go, and what always holds stands beside random ones.
    """
    made = copy.deepcopy(contract)
    headers = made["components"]["parameters"]
    for header in headers.values():
        header["schema"].pop("examples", None)
    headers["IfMatch"]["schema"] = {"anyOf": [{"const": "*"}, headers["IfMatch"]["schema"]]}
    for calls in made["paths"].values():
        for one in calls.values():
            for parameter in one["parameters"]:
                if parameter.get("name") == "cursor":
                    parameter["schema"] = {"anyOf": [{"const": ""}, parameter["schema"]]}
                elif "schema" in parameter:
                    _offer(parameter["name"].removesuffix("_id"), parameter["schema"], pools)
            for content in one.get("requestBody", {}).get("content", {}).values():
                schema = content["schema"]
                if "$ref" in schema:
                    schema = made["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
                for name, member in schema["properties"].items():
                    if name in _FILES:
                        member["items"] = {
                            "anyOf": [{"type": "string", "enum": [_FILES[name]]}, member["items"]]
                        }
                        member["examples"] = [[_FILES[name]]]
                    else:
                        _offer(name, member, pools)
    return made


def _offer(name: str, schema: dict[str, Any], pools: Pools, *, alone: bool = False) -> None:
    """Put ids that are there beside the format of one, and moments to come beside that of an instant, however deep.

    In a list they stand `alone`: a single id of nothing would have all of it refused.
    """
    for member, value in schema.get("properties", {}).items():
        _offer(member, value, pools)
    if "items" in schema:
        _offer(name, schema["items"], pools, alone=True)
        if "examples" in schema["items"]:
            schema["examples"] = [schema["items"]["examples"]]
    options = schema.get("anyOf", [])
    if options:
        for one in options if not any("enum" in one for one in options) else ():  # else it was done before
            _offer(name, one, pools, alone=alone)
        return
    offered = {"uuid": pools.get(name, []), "date-time": _soon()}.get(schema.get("format", ""))
    if not offered:
        return
    kinds, kind = schema.pop("type"), schema.pop("format")
    others = [] if alone else [{"type": "string", "format": kind}]
    others += [] if kinds == "string" else [{"type": "null"}]
    schema["anyOf"] = [{"type": "string", "enum": offered}, *others]
    schema["examples"] = offered[:1]


def _soon() -> list[str]:
    """Return instants at which something may be planned; those of the contract's examples pass, sooner or later."""
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return [(today + timedelta(days=days)).isoformat().replace("+00:00", "Z") for days in (2, 30, 200)]
