"""Stripe's list routes: which filters each has, and paging by object id, newest first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.routing import Json, Request
from integrations.sandbox.stripe.store import Store, ref

COMPARE: dict[str, Callable[[int, int], bool]] = {
    "created[gte]": lambda have, want: have >= want,
    "created[gt]": lambda have, want: have > want,
    "created[lte]": lambda have, want: have <= want,
    "created[lt]": lambda have, want: have < want,
}
PAYERS = ("payment_intent", "payment_record")  # Stripe finds no invoice by a charge
PAGING = {"limit", "starting_after", "ending_before", "expand", "created", *COMPARE}
Value = Callable[[Json], Any]


class BadRequestError(Exception):
    """A 400; args are Stripe's message, code (if any) and parameter."""


def _field(name: str) -> Value:
    return lambda obj: ref(obj.get(name)) if not isinstance(obj.get(name), bool) else str(obj[name]).lower()


def _invoice_subscription(obj: Json) -> str:
    details = (obj.get("parent") or {}).get("subscription_details") or {}
    return ref(details.get("subscription") or obj.get("subscription"))


def _payment(name: str) -> Value:
    return lambda obj: ref((obj.get("payment") or {}).get(name))


@dataclass(frozen=True)
class Resource:
    """A resource's object kind, its plain filters, and those that need a look inside."""

    kind: str
    plain: tuple[str, ...] = ()
    special: dict[str, Value] = field(default_factory=dict)

    def filters(self) -> dict[str, Value]:
        return {**{name: _field(name) for name in self.plain}, **self.special}


RESOURCES = {
    "customers": Resource("customer", ("email",)),
    "subscriptions": Resource("subscription", ("customer", "collection_method")),
    "checkout/sessions": Resource(
        "checkout.session", ("payment_intent", "subscription", "customer", "status")
    ),
    "invoices": Resource(
        "invoice", ("customer", "status", "collection_method"), {"subscription": _invoice_subscription}
    ),
    "invoice_payments": Resource(
        "invoice_payment",
        ("invoice", "status"),
        {f"payment[{name}]": _payment(name) for name in ("type", *PAYERS)},
    ),
    "payment_intents": Resource("payment_intent", ("customer",)),
    "charges": Resource("charge", ("payment_intent", "customer")),
    "refunds": Resource("refund", ("charge", "payment_intent")),
    "disputes": Resource("dispute", ("charge", "payment_intent")),
    "prices": Resource("price", ("product", "active", "type", "currency")),
    "products": Resource("product", ("active",)),
    "events": Resource("event", ("type",)),
}
EXTRA = {"subscriptions": {"status"}, "events": {"types", "delivery_success"}}


def select(store: Store, resource: str, *, request: Request) -> tuple[list[Json], bool]:
    """The page of stored objects that was asked for, and whether there is more."""
    filters = RESOURCES[resource].filters()
    for name in request.query:
        plain = name if name.startswith(("created[", "payment[")) else name.partition("[")[0]
        if plain not in {*filters, *PAGING, *EXTRA.get(resource, ())}:
            raise BadRequestError(f"Received unknown parameter: {name}", "parameter_unknown", name)
    if any(name.startswith("payment[") for name in request.query) and not request.arg("payment[type]"):
        raise BadRequestError("Missing required param: payment[type].", "parameter_missing", "payment[type]")
    if request.arg("payment[type]") not in ("", *PAYERS):
        words = f"Invalid payment[type]: must be one of {' or '.join(PAYERS)}"
        raise BadRequestError(words, "", "payment[type]")
    kept = [
        each
        for each in _candidates(store, resource, request)
        if all(value(each) == request.arg(name) for name, value in filters.items() if name in request.query)
        and all(
            test(each.get("created") or 0, _number(request, name))
            for name, test in COMPARE.items()
            if name in request.query
        )
    ]
    # Of one second, what came last is first.
    order = sorted(range(len(kept)), key=lambda place: (kept[place].get("created") or 0, place), reverse=True)
    return page([kept[place] for place in order], request)


def _candidates(store: Store, resource: str, request: Request) -> list[Json]:
    if resource == "events":
        types = request.args("types")
        owed = {"false": True, "true": False}.get(request.arg("delivery_success"))
        return [
            each
            for each in store.events
            if (not types or each["type"] in types)
            and (owed is None or (each["id"] in store.undelivered) == owed)
        ]
    rows = [each for each in store.where(RESOURCES[resource].kind) if not each.get("deleted")]
    if resource == "subscriptions":
        status = request.arg("status")
        ended = ("canceled", "incomplete_expired")
        return [
            each
            for each in rows
            if status in ("all", each["status"])
            or (not status and each["status"] != "canceled")
            or (status == "ended" and each["status"] in ended)
        ]
    return rows


def _number(request: Request, name: str) -> int:
    if not request.arg(name).isdigit():
        raise BadRequestError(f"Invalid integer: {request.arg(name)}", "parameter_invalid_integer", name)
    return int(request.arg(name))


def page(rows: list[Json], request: Request) -> tuple[list[Json], bool]:
    """The page of these rows that was asked for, and whether there is more."""
    limit = _number(request, "limit") if request.arg("limit") else 10
    if not 1 <= limit <= 100:
        raise BadRequestError(
            "This value must be between 1 and 100 (inclusive).", "parameter_invalid_integer", "limit"
        )
    places = {each["id"]: place for place, each in enumerate(rows)}
    for name in ("starting_after", "ending_before"):
        cursor = request.arg(name)
        if cursor and cursor not in places:
            raise BadRequestError(f"No such object: '{cursor}'", "resource_missing", name)
    if request.arg("ending_before"):
        end = places[request.arg("ending_before")]
        return rows[max(0, end - limit) : end], end > limit
    start = places[request.arg("starting_after")] + 1 if request.arg("starting_after") else 0
    return rows[start : start + limit], len(rows) > start + limit
