"""A trace as text: for the terminal, and without personal data to paste into a ticket."""

import re
from collections.abc import Iterable, Iterator

from support.screen.naming import place
from support.trace import Json

_FRACTION = re.compile(r"\.\d+(?=Z$)")


def written(data: Json, *, personal: bool) -> str:
    """The trace from state to attempts, a line for each row; `personal`: with name, e-mail and country."""
    return "\n".join(_lines(data, personal=personal)) + "\n"


def _lines(data: Json, *, personal: bool) -> Iterator[str]:
    customer = data["customer"]
    who = (customer["name"] or "-", customer["email"] or "-", customer["country"]) if personal else ()
    yield "  ".join([f"Customer {customer['id']}", *who]).rstrip()
    plans = ", ".join(customer["plans"]) or "-"
    yield f"  {customer['status']}  version {customer['version']}  plans: {plans}"
    yield f"  {customer['why']}"
    if customer["flags"]:
        yield f"  {', '.join(customer['flags'])}"
    yield from _section("Stripe events", map(_event, data["stripe_events"]))
    yield from _section("Lifecycle", map(_lifecycle, data["lifecycle"]))
    yield from _section("Destinations", (line for sync in data["syncs"] for line in _sync(sync)))
    yield from _section("Tickets", map(_ticket, data["tickets"]))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield title
    found = list(lines)
    yield from found or ["  none"]


def _event(event: Json) -> str:
    return f"  {_at(event['received_at'])}  {event['status']:<11}  {event['type']}  {event['id']}"


def _lifecycle(event: Json) -> str:
    return f"  {_at(event['at'])}  {event['type']}: {event['from']} -> {event['to']}  ({event['cause']})"


def _sync(sync: Json) -> Iterator[str]:
    reason = f": {sync['reason']}" if sync["reason"] else ""
    yield (
        f"  {place(sync['kind'], sync['connection'])}  {sync['status']}{reason}"
        f"  version {sync['applied_version']} of {sync['desired_version']}"
    )
    for attempt in sync["attempts"]:
        words = "; ".join([*attempt["steps"], *filter(None, [attempt["error"]])])
        yield f"    {_at(attempt['at'])}  {attempt['outcome']}  {attempt['duration_ms']} ms  {words}".rstrip()


def _ticket(ticket: Json) -> str:
    return f"  {_at(ticket['opened_at'])}  {ticket['status']}  ticket {ticket['id']}"


def _at(moment: str) -> str:
    """To the second; the JSON has the rest."""
    return _FRACTION.sub("", moment)
