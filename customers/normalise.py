"""One spelling for each value that comes from outside, or an empty answer: nothing is guessed.

Unknown values are the caller's to keep raw and to put on the review list.
"""

import re
import unicodedata

from customers.countries import ALIASES, CODES, USER_ASSIGNED
from customers.models import Plan, PlanAlias

EMAIL_MAX = 320
ADDRESS = re.compile(r"""[^\s@<>()\[\],;:\\"]+@[^\s@<>()\[\],;:\\"./'_]+(\.[^\s@<>()\[\],;:\\"./'_]+)+""")
# Words that say how a plan is sold, not which plan it is.
STOP_WORDS = frozenset(
    {"plan", "tier", "subscription", "membership"}
    | {"weekly", "monthly", "quarterly", "annual", "annually", "yearly"}
)
MONTHS = {1: "monthly", 3: "quarterly", 6: "semiannual"}
LARGER_UNIT = {"day": (7, "week"), "month": (12, "year")}


def email(text: str | None) -> str:
    """The key of a person: trimmed, NFC, lower case; dots and plus signs stay. "" when it is no address."""
    trimmed = _composed((text or "").strip()).strip()
    if len(trimmed) > EMAIL_MAX or not trimmed.isprintable():
        return ""
    return trimmed if ADDRESS.fullmatch(trimmed) else ""


def _composed(text: str) -> str:
    # Lower case can take a composed letter apart (İ), so compose on both sides.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def plan_name(text: str | None) -> str:
    """The name of a plan, folded: "Pro", "pro plan", "PRO" and " Pro  Plan (Monthly)" are all "pro"."""
    words = _words(text)
    telling = [word for word in words if word not in STOP_WORDS]
    return " ".join(telling or words)


def _words(text: str | None) -> list[str]:
    folded = text or ""
    for _ in range(3):  # compatibility forms and case folding feed each other; three rounds settle them
        folded = unicodedata.normalize("NFKC", folded).casefold()
    return "".join(each if _tells(each) else " " for each in folded).split()


def _tells(character: str) -> bool:
    """Letters with their marks, digits, and the plus sign: "Pro+" is not "Pro"."""
    return character.isalnum() or character == "+" or unicodedata.category(character).startswith("M")


def plan_for(name: str | None) -> Plan | None:
    """The plan that goes by this name, exactly after folding; None when no or more than one plan does."""
    folded = plan_name(name)
    if not folded:
        return None
    alias = PlanAlias.objects.select_related("plan").filter(alias=folded).first()
    if alias is not None:
        return alias.plan
    found = [plan for plan in Plan.objects.all() if folded in (plan_name(plan.slug), plan_name(plan.name))]
    return found[0] if len(found) == 1 else None


def country(text: str | None) -> str:
    """ISO 3166-1 alpha-2 (and XK); "" when it is no country we know by that exact name."""
    spelled = (text or "").strip().upper()
    if spelled in CODES or spelled in USER_ASSIGNED:
        return spelled
    words = " ".join(_words((text or "").replace(".", "")))
    return ALIASES.get(words, "")


def interval(unit: str | None, count: int | None = 1) -> str:
    """How often a price is paid, in one spelling: 3 months are "quarterly", no unit is "one_time".

    `unit` is Stripe's `recurring.interval` (day, week, month, year); another one is kept as it is.
    """
    if not unit:
        return "one_time"
    number = count or 1
    if unit in LARGER_UNIT and number % LARGER_UNIT[unit][0] == 0:
        size, larger = LARGER_UNIT[unit]
        unit, number = larger, number // size
    if unit == "month" and number in MONTHS:
        return MONTHS[number]
    if number == 1:
        return {"day": "daily", "week": "weekly", "year": "yearly"}.get(unit, unit)[:32]
    return f"every {number} {unit}s"[:32]
