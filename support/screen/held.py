"""What a connector computed or found, as lines that staff read: names and plain words, no keys of ours."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from integrations.connectors.holding import IN, OUT
from support.screen.naming import Names

MOST = 8
UNSURE = ", not confirmed yet"
Teller = Callable[[Any, Names], list[str]]


def lines(state: Mapping[str, Any], names: Names) -> list[str]:
    """One line for each thing said, access first. What a connector notes for itself is left out."""
    told = [line for key, tell in _TELL.items() if key in state for line in tell(state[key], names)]
    return [line for line in told if line]


def _member(found: Any, _names: Names) -> list[str]:
    return ["member" if found else "no member"]


def _accepted(found: Any, _names: Names) -> list[str]:
    return ["invitation accepted" if found else "invitation not accepted yet"]


def _creating(_found: Any, _names: Names) -> list[str]:
    return ["asked to create the member, who is not known to be there"]


def _subscriber(found: Any, _names: Names) -> list[str]:
    return [f"subscriber, {found}"]


def _suppressed(found: Any, _names: Names) -> list[str]:
    return ["gets no mails: unsubscribed, bounced or complained"] if found else []


def _each(word: str, kind: str) -> Teller:
    def tell(found: Any, names: Names) -> list[str]:
        """Ids or names that are wanted, or how surely each is there; what was taken out is not there."""
        states = found if isinstance(found, Mapping) else dict.fromkeys(found, IN)
        there = [(names.of(kind, ref), state) for ref, state in states.items() if state != OUT]
        if not there:
            return []
        return [f"{word} {_listed([name + ('' if state == IN else UNSURE) for name, state in there])}"]

    return tell


def _fields(found: Any, _names: Names) -> list[str]:
    given = [f"{name} {value}" for name, value in found.items() if value]
    return [f"fields: {_listed(given)}"] if given else []


def _sequences(found: Any, names: Names) -> list[str]:
    return [f"{each['kind']} sequence {names.of('sequence', each['sequence'])}" for each in found][:MOST]


def _sent(found: Any, _names: Names) -> list[str]:
    """Of which purchase is for the trace; how often is worth a word."""
    times = Counter(kind for kind, _subject in found)
    return [f"{kind} sequence started" + (f" {n} times" if n > 1 else "") for kind, n in times.items()]


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - MOST} more" if len(words) > MOST else ""
    return ", ".join(words[:MOST]) + more


_TELL: dict[str, Teller] = {
    "member": _member,
    "accepted": _accepted,
    "creating": _creating,
    "groups": _each("in", "group"),
    "spaces": _each("in space", "space"),
    "state": _subscriber,
    "suppressed": _suppressed,
    "tags": _each("tagged", "tag"),
    "sequences": _sequences,
    "sent": _sent,
    "fields": _fields,
}
