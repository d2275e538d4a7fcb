"""The contract as it is fuzzed: with ids in it of things that are there."""

from __future__ import annotations

import copy
from typing import Any

import httpx

Pools = dict[str, list[str]]
# Which list has the ids for a member or parameter of this name.
_LISTS = {
    "brand": "brands",
    "campaign": "campaigns",
    "channel": "channels",
    "targets": "channels",
    "post": "posts",
    "media": "media",
    "import": "imports",
    "webhook": "webhooks",
}
NAMES = frozenset({*_LISTS, "person", "by", "target", "delivery"})
"""What `things_there` has ids of."""
_EACH = 12  # ids of a kind: enough for a search to choose from


def things_there(call: httpx.Client) -> Pools:
    """Return ids by the name of the member or parameter that takes them, as an owner sees them now."""

    def listed(path: str) -> list[dict[str, Any]]:
        return list(call.get(path, params={"limit": _EACH}).raise_for_status().json()["items"])

    pools = {name: [one["id"] for one in listed(path)] for name, path in _LISTS.items()}
    pools["person"] = pools["by"] = [call.get("auth/me").raise_for_status().json()["user"]["id"]]
    pools["target"] = [target["id"] for post in listed("posts") for target in post["targets"]][:_EACH]
    pools["delivery"] = [
        one["id"] for hook in pools["webhook"] for one in listed(f"webhooks/{hook}/deliveries")
    ]
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
                    _offer(parameter["schema"], pools.get(parameter["name"].removesuffix("_id"), []))
            for content in one.get("requestBody", {}).get("content", {}).values():
                schema = content["schema"]
                if "$ref" in schema:
                    schema = made["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
                for name, member in schema["properties"].items():
                    _offer(member, pools.get(name.removesuffix("[]"), []))
    return made


def _offer(schema: dict[str, Any], ids: list[str]) -> None:
    """Put ids beside the format of one, in a schema or what its lists hold."""
    if not ids:
        return
    if isinstance(schema.get("items"), dict):
        _offer(schema["items"], ids)
        schema["examples"] = [ids[:1]]
    elif schema.get("format") == "uuid":
        kinds = schema.pop("type")
        others = [] if kinds == "string" else [{"type": "null"}]
        schema["anyOf"] = [_there(ids), {"type": "string", "format": schema.pop("format")}, *others]
        schema["examples"] = ids[:1]
    elif [one for one in schema.get("anyOf", []) if one.get("format") == "uuid"] and _there(
        ids
    ) not in schema["anyOf"]:
        schema["anyOf"].insert(0, _there(ids))
        schema["examples"] = ids[:1]


def _there(ids: list[str]) -> dict[str, Any]:
    return {"type": "string", "enum": ids}
