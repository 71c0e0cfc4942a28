"""What somebody should have in Kit, computed from the mappings of their plans. Pure."""

from collections.abc import Mapping
from typing import Any

from integrations.connectors.holding import OUT, to_add, to_drop
from integrations.person import CANCELLATION, DUNNING, REACTIVATION, WELCOME, Person

STATUS_TAG = "status: "
SEQUENCES = tuple(f"{kind}_sequence" for kind in (WELCOME, CANCELLATION, DUNNING, REACTIVATION))


def check_options(options: Mapping[str, Any]) -> list[str]:
    """A mapping names tags by name and sequences by id."""
    known = ("tags", "status_tags", *SEQUENCES)
    problems = [f"unknown option {name}" for name in options if name not in known]
    tags = options.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(each, str) and each.strip() for each in tags):
        problems.append('tags must be a list of names, for example ["plan: pro"]')
    if not isinstance(options.get("status_tags", False), bool):
        problems.append("status_tags must be true or false")
    return problems + [
        f"{name} must be the id of a sequence, for example 501"
        for name in SEQUENCES
        if name in options and (type(options[name]) is not int or options[name] <= 0)
    ]


def check_connection_options(options: Mapping[str, Any]) -> list[str]:
    problems = [f"unknown option {name}" for name in options if name != "calls_per_window"]
    calls = options.get("calls_per_window", 1)
    return problems + (
        [] if type(calls) is int and calls > 0 else ["calls_per_window must be a number above 0"]
    )


def desired(person: Person, mappings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Plan tags follow access, the status tag the status. `write` is false for who never held anything."""
    tags = {tag for plan in person.grants for tag in mappings.get(plan, {}).get("tags", [])}
    if person.ever_held_a_plan and any(mapping.get("status_tags") for mapping in mappings.values()):
        tags.add(f"{STATUS_TAG}{person.status}")
    return {
        "write": person.ever_held_a_plan,
        "fields": {
            "plan": person.plan_name,
            "status": person.status,
            "interval": person.interval,
            "tier": person.support_tier,
            "country": person.country,
        },
        "tags": sorted({tag.strip().casefold(): tag for tag in sorted(tags, reverse=True)}.values()),
        "sequences": _sequences(person, mappings),
    }


def hold_back(wanted: Mapping[str, Any], observed: Mapping[str, Any]) -> dict[str, Any]:
    """New tags arrive; tags and fields that tell of an end wait, as Kit's automations would write to them."""
    held = observed.get("tags", {})
    told = observed.get("fields", {})
    new = (name for name in wanted["tags"] if not name.startswith(STATUS_TAG))
    return {
        **wanted,
        "fields": {name: told.get(name, value) for name, value in wanted["fields"].items()},
        "tags": sorted({*new, *(name for name, state in held.items() if state != OUT)}),
        "sequences": [each for each in wanted["sequences"] if each["kind"] != CANCELLATION],
    }


def _sequences(person: Person, mappings: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Where each fresh occasion leads. Nobody can be taken out again: exclude by the status tag in Kit."""
    found = []
    for occasion in person.occasions:
        sequence = mappings.get(occasion.plan, {}).get(f"{occasion.kind}_sequence")
        if sequence:
            found.append({"kind": occasion.kind, "subject": occasion.subject, "sequence": sequence})
    return found


def describe(wanted: Mapping[str, Any], observed: Mapping[str, Any]) -> list[str]:
    """The differences in words. Sequences count once each; the engine's record of effects decides."""
    if not wanted.get("write") and not observed.get("known"):
        return []
    words = [] if observed.get("known") else ["create the subscriber"]
    before = observed.get("fields", {})
    changed = [name for name, value in wanted.get("fields", {}).items() if before.get(name, "") != value]
    if changed:
        words.append(f"set {', '.join(changed)}")
    held = observed.get("tags", {})
    words += [f"add tag {name}" for name in to_add(wanted.get("tags", []), held)]
    words += [f"remove tag {name}" for name in to_drop(wanted.get("tags", []), held)]
    sent = observed.get("sent", [])
    for each in wanted.get("sequences", []):
        if [each["kind"], each["subject"]] not in sent:
            words.append(f"start {each['kind']} sequence {each['sequence']}")
    return words
