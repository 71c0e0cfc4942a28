"""The review list in words: what each doubt means, its evidence, and the choices that staff have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from customers.models import Customer, ReviewItem
from customers.review import CHOSEN, IGNORED, KEPT_APART
from customers.vocabulary import ReviewKind
from support.admin import links
from support.screen.naming import place_at

MAPPING: Final = ("Open plans and mapping", "integrations.planmapping")
MAPPED: Final = "mapped"
PRICES: Final = ("Open prices", "billing.price")


@dataclass(frozen=True)
class Choice:
    """One way to settle a doubt. `field` asks for something more: a country, or days of access.

    `page` is the name of a page of its own, where it is chosen and tried first.
    """

    code: str
    label: str
    does: str
    field: str = ""
    right: str = ""
    dangerous: bool = False
    page: str = ""


@dataclass(frozen=True)
class Doubt:
    """What a kind of doubt means. `elsewhere` are lists (label, model) where it can be settled too."""

    means: str
    choices: Sequence[Choice]
    elsewhere: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Evidence:
    """One thing that is known about it."""

    label: str
    value: str
    url: str = ""


REREAD: Final = Choice(
    "reread",
    "Read again from Stripe",
    "A worker reads the person anew; rights follow what Stripe says now. When that answers it, this closes "
    "itself.",
)
BY_HAND: Final = Choice(
    "done_by_hand", "Done by hand", "You have put it right yourself; nothing else changes here."
)
DOUBTS: Final[dict[str, Doubt]] = {
    ReviewKind.UNKNOWN_PRICE: Doubt(
        "Somebody pays a price that no plan knows. What they had stays, and the new price gives nothing yet. "
        "When it is mapped to a plan, here or in the catalogue file, this closes itself and everybody who "
        "pays it gets the plan.",
        (
            Choice(
                MAPPED,
                "Map this price to a plan",
                "You choose the plan and see whom it touches before anything is changed.",
                right="integrations.change_planmapping",
                page="admin:customers_reviewitem_map",
            ),
            Choice(
                IGNORED,
                "This price sells nothing of ours",
                "It gives no access here, on purpose, and is not asked about again. Beside a plan only the "
                "plan counts. Who changed to it alone keeps what they had until it ends in Stripe.",
            ),
        ),
        (PRICES, MAPPING),
    ),
    ReviewKind.UNKNOWN_STATUS: Doubt(
        "Stripe gave a subscription a status that we do not know. Rights stay as they were.",
        (REREAD, BY_HAND),
    ),
    ReviewKind.UNKNOWN_SHAPE: Doubt(
        "Stripe sent an object without something that we need. Rights stay as they were.", (REREAD, BY_HAND)
    ),
    ReviewKind.UNMAPPED_VALUE: Doubt(
        "What the buyer typed as their country is no country that we know. Access does not depend on it.",
        (
            Choice(
                CHOSEN,
                "Choose the country",
                "Stored on the person and sent to Kit. What Stripe says does not change it any more.",
                field="country",
            ),
            Choice(IGNORED, "Leave it empty", "It is not asked about again."),
        ),
    ),
    ReviewKind.NO_EMAIL: Doubt(
        "A Stripe customer has no e-mail address, so nobody can be let in to Circle or written to. Enter the "
        "address in Stripe: then this closes itself.",
        (REREAD, Choice(IGNORED, "Leave them outside", "They get nothing. It is not asked about again.")),
    ),
    ReviewKind.EMAIL_COLLISION: Doubt(
        "A person's address changed in Stripe to one that another person has. Nobody was changed. A merge "
        "would move every subscription and purchase of the one to the other, and neither Circle nor Kit can "
        "merge two members; so Launch Ready does not. If they are one human, give both Stripe customers "
        "the address that should stay; move or remove the other member in Circle by hand.",
        (
            Choice(
                KEPT_APART,
                "Keep them apart",
                "Each keeps their address and access. Asked again only about others.",
            ),
            BY_HAND,
        ),
    ),
    ReviewKind.EMAIL_CHANGE: Doubt(
        "A person's address changed, and the destination cannot follow by itself: Circle has no call for it. "
        "Nobody loses access meanwhile. Change the address of the member there, then say so here.",
        (
            Choice(
                "changed_by_hand",
                "Changed by hand there",
                "We look for them under the new address from now on.",
            ),
            Choice(KEPT_APART, "Keep the old address there", "They go on signing in there with the old one."),
        ),
    ),
    ReviewKind.HELD_REMOVAL: Doubt(
        "A change in bulk would take access from many people at once, so it waits for you. Grants went on. "
        "Removals that a person's own cancellation causes are never held.",
        (
            Choice(
                "released",
                "Let them out",
                "They lose access there now.",
                right="integrations.bulk_replay_sync",
                dangerous=True,
            ),
            Choice(
                "kept_in",
                "Keep them in for a while",
                "Each gets an override of the plan they had, for so many days.",
                field="days",
                right="customers.grant_override",
                dangerous=True,
            ),
        ),
        (MAPPING,),
    ),
}


OTHER_COUNTRY: Final = Doubt(
    "Staff chose this person's country, and Stripe says another one since. What staff chose stays.",
    (
        Choice(CHOSEN, "Choose the country again", "Stored on the person and sent to Kit.", field="country"),
        Choice(KEPT_APART, "Keep what staff chose", "Asked again only if Stripe says yet another one."),
    ),
)
SEVERAL: Final = Doubt(
    "A person has several customers in Stripe, and one of them got another address. Which one is right is "
    "not guessed: the person keeps theirs, and their access. Give all of them the same address in Stripe: "
    "then the person follows, and this closes itself.",
    (REREAD, Choice(KEPT_APART, "Keep the address", "The person keeps the address that they have here.")),
)

SHARED: Final = Doubt(
    "Two people whom we keep apart are one member there: the address that one of them gave up belongs to the "
    "other now. Each gets there what they pay for, and the end of one takes nothing that the other pays for. "
    "Are they two humans? Then change the member's address by hand to that of the first, and say so here.",
    (
        Choice(KEPT_APART, "They may share it", "Access there is that of both."),
        Choice("parted_by_hand", "Changed by hand there", "The other gets a member of their own, invited."),
    ),
)

BESIDE: Final = Doubt(
    "A checkout sold a subscription and, beside it, a one-time price of a plan. Nothing is given for that by "
    "itself: the subscription's invoice paid for both, and its refund would not take the plan back.",
    (Choice(IGNORED, "Decided", "Give the plan by an override if it was bought. It is not asked again."),),
)


def doubt_of(item: ReviewItem) -> Doubt:
    """What it means; the evidence tells some of one kind apart."""
    if item.kind == ReviewKind.UNMAPPED_VALUE and "stripe_says" in item.evidence:
        return OTHER_COUNTRY
    if item.kind == ReviewKind.EMAIL_CHANGE and item.evidence.get("why") == "several_stripe_customers":
        return SEVERAL
    if item.kind == ReviewKind.UNKNOWN_SHAPE and "one_time_price" in item.evidence:
        return BESIDE
    if item.kind == ReviewKind.EMAIL_COLLISION and item.evidence.get("why") == "one_member":
        return SHARED
    return DOUBTS[item.kind]


def choice_of(item: ReviewItem, code: str) -> Choice | None:
    """The choice of this name, if this kind of doubt has it."""
    return next((each for each in doubt_of(item).choices if each.code == code), None)


def evidence(item: ReviewItem, *, named: bool, held: int | None = None) -> list[Evidence]:
    """Ids and codes, linked to where they lead; names of people only where they may be read (`named`)."""
    found = [Evidence("subject", item.subject, _stripe_page(item.subject))]
    if held is not None:
        found.append(
            Evidence("people held now", f"{held:,}", f"{list_of('integrations.sync')}?status__exact=on_hold")
        )
    for name, value in item.evidence.items():
        said = place_at(str(value)) if name == "connection" else str(value)
        plain = Evidence(name.replace("_", " "), said, _stripe_page(str(value)))
        found += _other_person(value, named=named) if name == "other_customer" else [plain]
    found.append(Evidence("seen", f"{item.seen_count} time{'' if item.seen_count == 1 else 's'}"))
    return found


def _other_person(customer_id: object, *, named: bool) -> list[Evidence]:
    other = Customer.objects.select_related("plan").filter(pk=str(customer_id)).first()
    if other is None or not named:
        return [Evidence("other person", f"customer {customer_id}")]
    holds = other.plan.name if other.plan else "no plan"
    access = "has access" if other.has_access else "no access"
    page = reverse("admin:customers_customer_change", args=[other.pk])
    return [
        Evidence("other person", f"{other.label()}: {other.get_status_display()}, {holds}, {access}", page)
    ]


def _stripe_page(subject: str) -> str:
    """The object's page in Stripe's dashboard; a root is `<resource>:<id>`."""
    id_ = subject.rpartition(":")[2]
    pages = {
        "sub_": "subscriptions", "cus_": "customers", "price_": "prices", "pi_": "payments", "in_": "invoices"
    }  # fmt: skip
    kind = next((page for prefix, page in pages.items() if id_.startswith(prefix)), "")
    return links.stripe(kind, id_) if kind else ""


def list_of(model: str) -> str:
    """The address of a list in the admin, e.g. of "billing.price"."""
    return reverse(f"admin:{model.replace('.', '_')}_changelist")
