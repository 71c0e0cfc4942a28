"""What somebody should have in Circle, computed from the mappings of the plans that give access now. Pure."""

from collections.abc import Mapping
from typing import Any

from integrations.connectors.holding import OUT, to_add, to_drop
from integrations.person import Person

KINDS = {"access_groups": "groups", "member_tags": "tags", "spaces": "spaces"}
CONNECTION_OPTIONS = {"invite": bool, "calls_per_window": int, "monthly_quota": int}


def check_options(options: Mapping[str, Any]) -> list[str]:
    """A mapping names lists of Circle's own numbers."""
    problems = [f"unknown option {name}" for name in options if name not in KINDS]
    for name in KINDS:
        ids = options.get(name, [])
        if not isinstance(ids, list) or not all(type(each) is int and each > 0 for each in ids):
            problems.append(f"{name} must be a list of ids, for example [101]")
    return problems


def check_connection_options(options: Mapping[str, Any]) -> list[str]:
    problems = [f"unknown option {name}" for name in options if name not in CONNECTION_OPTIONS]
    for name, kind in CONNECTION_OPTIONS.items():
        if name in options and (type(options[name]) is not kind or (kind is int and options[name] <= 0)):
            problems.append(f"{name} must be {'true or false' if kind is bool else 'a number above 0'}")
    return problems


def desired(person: Person, mappings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The union over all plans that give access; nobody else needs anything there."""
    found: dict[str, set[int]] = {kind: set() for kind in KINDS.values()}
    for plan in person.grants:
        for name, kind in KINDS.items():
            found[kind] |= set(mappings.get(plan, {}).get(name, []))
    return {kind: sorted(ids) for kind, ids in found.items()}


def taken(wanted: Mapping[str, Any], observed: Mapping[str, Any]) -> dict[str, list[str]]:
    """Groups and spaces are access, tags are not."""
    found = {kind: to_drop(wanted[kind], observed.get(kind, {})) for kind in ("groups", "spaces")}
    return {kind: refs for kind, refs in found.items() if refs}


def hold_back(wanted: Mapping[str, Any], refs: Mapping[str, list[str]]) -> dict[str, Any]:
    """The held groups and spaces stay."""
    return {kind: sorted({*ids, *map(int, refs.get(kind, []))}) for kind, ids in wanted.items()}


def only_taking(wanted: Mapping[str, Any], observed: Mapping[str, Any]) -> dict[str, Any] | None:
    """What they have of it already; None when nothing would be taken."""
    if not taken(wanted, observed):
        return None
    there = {kind: observed.get(kind, {}) for kind in wanted}
    return {
        kind: [each for each in ids if there[kind].get(str(each), OUT) != OUT] for kind, ids in wanted.items()
    }


def describe(wanted: Mapping[str, Any], observed: Mapping[str, Any]) -> list[str]:
    """The differences in words, in the order in which they would be made."""
    words = []
    names = {"groups": "access group", "spaces": "space", "tags": "member tag"}
    member = bool(observed.get("member"))
    if any(wanted.get(kind) for kind in names) and not member:
        words.append("create the member")
    for kind, name in names.items():
        held = observed.get(kind, {})
        words += [f"add to {name} {each}" for each in to_add(wanted.get(kind, []), held)]
        words += [f"remove from {name} {each}" for each in to_drop(wanted.get(kind, []), held)]
    return words
