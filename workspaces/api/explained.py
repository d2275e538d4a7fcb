"""The contract as a page shows it: calls by subject, what each takes and answers, and a line to try it with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

Contract = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter or member: its name, its type in words, what it means, an example."""

    name: str
    kind: str
    needed: bool
    words: str
    example: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One way in which a call may end."""

    status: str
    words: str


@dataclass(frozen=True)
class Explained:
    """One call."""

    key: str
    method: str
    path: str
    title: str
    words: str
    needs: str
    is_open: bool
    parameters: list[Row]
    members: list[Row]
    shown: list[Row]
    answers: list[Answer]
    body: str
    curl: str


@dataclass(frozen=True)
class Section:
    """The calls of one subject."""

    name: str
    words: str
    calls: list[Explained] = field(default_factory=list)


def sections(contract: Contract, base: str, origin: str) -> list[Section]:
    """Return everything that the page shows; `base` is where the calls stand there, `origin` scheme and host."""
    made = {tag["name"]: Section(tag["name"], tag["description"]) for tag in contract["tags"]}
    for path, calls in contract["paths"].items():
        for method, call in calls.items():
            below = path.removeprefix("/api/v1")
            at = (
                f"{base}{below}" if call["security"] else path
            )  # who is not known yet comes in at one place alone
            made[call["tags"][0]].calls.append(_explained(contract, call, method, at, f"{origin}{path}"))
    return list(made.values())


def _resolved(contract: Contract, thing: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in thing:
        *_, group, name = thing["$ref"].split("/")
        thing = contract["components"][group][name]
    return thing


def _whole(contract: Contract, schema: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer is without `fields`, which would leave out some of it."""
    return _resolved(contract, schema.get("anyOf", [schema])[0])


def _explained(contract: Contract, call: dict[str, Any], method: str, path: str, address: str) -> Explained:
    parameters = [_resolved(contract, one) for one in call["parameters"]]
    body = call.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    taken = _resolved(contract, body)
    good = min(call["responses"])
    content = call["responses"][good].get("content", {}).get("application/json", {}).get("schema", {})
    shown = _whole(contract, content)
    items = shown.get("properties", {}).get("items")
    if items:
        shown = _whole(contract, items["items"])
    example = {name: member["examples"][0] for name, member in taken.get("properties", {}).items()}
    words = call["description"].split("\n\n")
    return Explained(
        key=call["operationId"],
        method=method.upper(),
        path=path,
        title=call["summary"],
        words=_plain(" ".join(words[1:-1])),
        needs=next(iter(call["security"][0]["bearer"]), "") if call["security"] else "",
        is_open=not call["security"],
        parameters=[
            _row(
                contract,
                one["name"],
                {**one["schema"], "description": one["description"]},
                one["required"],
                one["in"],
            )
            for one in parameters
        ],
        members=_rows(contract, taken),
        shown=_rows(contract, shown),
        answers=[
            Answer(status, _plain(_resolved(contract, answer)["description"]))
            for status, answer in call["responses"].items()
        ],
        body=json.dumps(example, indent=2, ensure_ascii=False) if example else "",
        curl=_curl(method.upper(), address, example, bool(call.get("security"))),
    )


def _plain(words: str) -> str:
    """Return words of the contract as a page shows them: without marks for code, on one line."""
    return " ".join(words.replace("`", "").split())


def about(words: str) -> list[tuple[str, list[tuple[str, bool]]]]:
    """Return the paragraphs that come before the calls, each with its heading, in pieces: words, and whether code."""
    parted = (part.rpartition("**") for part in words.split("\n\n"))
    return [(_plain(head.replace("*", "")), _pieces(rest)) for head, _, rest in parted]


def _pieces(words: str) -> list[tuple[str, bool]]:
    found = " ".join(words.split()).split("`")
    return [(piece, at % 2 == 1) for at, piece in enumerate(found) if piece]


def _rows(contract: Contract, schema: dict[str, Any]) -> list[Row]:
    needed = schema.get("required", [])
    return [
        _row(contract, name, member, name in needed) for name, member in schema.get("properties", {}).items()
    ]


def _row(contract: Contract, name: str, schema: dict[str, Any], needed: bool, where: str = "") -> Row:
    examples = schema.get("examples") or [""]
    kind = _kind(contract, schema)
    if (where, name) == ("query", "fields"):  # which they are stands below, with what each means
        kind = "list of names"
    if where == "query" and isinstance(examples[0], list):
        examples = [",".join(examples[0])]
    return Row(
        name=name,
        kind=f"{kind}, in the {where}" if where in {"header", "path"} else kind,
        needed=needed,
        words=_plain(schema.get("description", "")),
        example=examples[0] if isinstance(examples[0], str) else json.dumps(examples[0], ensure_ascii=False),
    )


def _kind(contract: Contract, schema: dict[str, Any]) -> str:
    """Return a type in words."""
    schema = _resolved(contract, schema)
    either = schema.get("anyOf")
    if either:
        return " or ".join(_kind(contract, one) for one in either)
    if "enum" in schema:
        return "one of " + ", ".join(str(one) for one in schema["enum"] if one is not None)
    if "const" in schema:
        return str(schema["const"])
    kinds = schema.get("type", "anything")
    named = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list"}
    formats = {
        "uuid": "id",
        "date": "day",
        "date-time": "instant",
        "time": "time",
        "decimal": "number as text",
    }
    words: list[str] = [
        named.get(kind, str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])
    ]
    if schema.get("format") in formats:
        words[0] = formats[schema["format"]]
    elif "array" in kinds and "items" in schema:
        each = _kind(contract, schema["items"])
        words[0] = f"list, each {each}" if each.startswith("one of ") else f"list of {each}s"
    return " or ".join(words)


def _curl(method: str, url: str, example: dict[str, Any], asks: bool) -> str:
    """Return the call as a line for a shell."""
    lines = [f"curl -X {method} '{url}'" if method != "GET" else f"curl '{url}'"]
    if asks:
        lines.append('-H "Authorization: Bearer $AURA_TOKEN"')
    if example:
        few = dict(list(example.items())[:3])
        body = json.dumps(few, ensure_ascii=False).replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    return " \\\n  ".join(lines)
