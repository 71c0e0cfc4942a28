"""The written matrix of pages: which right each one asks for, to look and to act. A page without a row fails.

A need is a right; "&" joins what is needed together, "|" (which binds closer) what does instead. ANYBODY is
every member of staff. GET changes nothing anywhere, and neither does a POST to a page whose `post` is NEVER.
"""

from collections.abc import Set
from dataclasses import dataclass

from django.contrib import admin

ANYBODY, SUPERUSER, NEVER = "anybody", "superuser", "never"
SEE_CUSTOMER = "customers.view_customer"
SEE_DEAD = "integrations.view_sync|billing.view_stripeevent"
REPLAY = "integrations.replay_sync|billing.replay_stripeevent"
MAPPING = "integrations.change_planmapping&integrations.view_planmapping"
MAP_PRICE = "customers.settle_reviewitem&customers.view_reviewitem&integrations.change_planmapping"
PUT_OFF = "integrations.hold_sync|billing.ignore_stripeevent"


@dataclass(frozen=True)
class Page:
    """What looking (GET) and acting (POST) ask for."""

    get: str
    post: str = NEVER


def _on_customer(act: str, right: str, *, look: bool = False) -> dict[str, Page]:
    need = f"{SEE_CUSTOMER}&{right}"
    return {f"admin:customers_customer_{act}": Page(need if look else NEVER, need)}


def _on_ticket(act: str, *others: str) -> dict[str, Page]:
    need = "&".join(("support.view_ticket", "support.change_ticket", *others))
    return {f"admin:support_ticket_{act}": Page(NEVER, need)}


def _on_connection(act: str, *, look: bool = False) -> dict[str, Page]:
    need = "integrations.view_connection&integrations.operate_connection"
    return {f"admin:integrations_connection_{act}": Page(need if look else NEVER, need)}


PAGES = {
    "admin:index": Page(ANYBODY),
    "admin:app_list": Page(
        SEE_CUSTOMER
    ),  # walked for customers; Django shows an app to who sees one of its tables
    "admin:jsi18n": Page(ANYBODY),
    "admin:autocomplete": Page(NEVER),
    "admin:view_on_site": Page(NEVER),
    "admin:password_change": Page(ANYBODY, ANYBODY),
    "admin:password_change_done": Page(ANYBODY),
    "staff:confirm": Page(ANYBODY, ANYBODY),
    "staff:second_factor": Page(ANYBODY, ANYBODY),
    "staff:set_up": Page(ANYBODY, ANYBODY),
    "staff:security": Page(ANYBODY),
    "staff:recovery_codes": Page(NEVER, ANYBODY),
    "search:page": Page(ANYBODY, ANYBODY),  # what it shows follows the rights of the person
    "search:suggest": Page(NEVER, ANYBODY),
    "desks:dead-letters": Page(SEE_DEAD),
    "desks:replay": Page(f"{SEE_DEAD}&{REPLAY}", f"{SEE_DEAD}&{REPLAY}"),
    "desks:run": Page(SEE_DEAD),
    "desks:replays": Page(SEE_DEAD),
    "desks:set-aside": Page(f"{SEE_DEAD}&{PUT_OFF}", f"{SEE_DEAD}&{PUT_OFF}"),
    "desks:take-up": Page(NEVER, f"{SEE_DEAD}&{PUT_OFF}"),
    "desks:funnel": Page(SEE_CUSTOMER),
    "desks:paid-but-outside": Page(f"{SEE_CUSTOMER}&integrations.view_sync"),
    "admin:customers_customer_export": Page(NEVER, f"{SEE_CUSTOMER}&customers.export_customer"),
    "admin:customers_customer_mark": Page(SEE_CUSTOMER),
    "admin:customers_customer_trace": Page(SEE_CUSTOMER),
    "admin:customers_reviewitem_settle": Page(NEVER, "customers.settle_reviewitem&customers.view_reviewitem"),
    "admin:customers_reviewitem_map": Page(MAP_PRICE, MAP_PRICE),
    **_on_customer("replay", REPLAY),
    **_on_customer("reread", "customers.reread_customer"),
    **_on_customer("hold", "integrations.hold_sync"),
    **_on_customer("release", "integrations.hold_sync"),
    **_on_customer("grant", "customers.grant_override", look=True),
    **_on_customer("extend", "customers.extend_grace", look=True),
    **_on_customer("end_override", "customers.grant_override", look=True),
    **_on_connection("pause"),
    **_on_connection("resume"),
    **_on_connection("mode", look=True),
    **_on_connection("test"),
    **_on_connection("names"),
    **_on_ticket("answer"),
    **_on_ticket("note"),
    **_on_ticket("mail_again"),
    **_on_ticket("assign"),
    **_on_ticket("close"),
    **_on_ticket("reopen"),
    **_on_ticket("link", SEE_CUSTOMER),
    **_on_ticket("unlink"),
    **_on_ticket("replay", "integrations.replay_sync"),
    "admin:integrations_planmapping_edit": Page(MAPPING, MAPPING),
    "admin:support_ticket_add": Page("support.add_ticket", "support.add_ticket"),
    "admin:auth_user_add": Page(SUPERUSER, SUPERUSER),
    "admin:auth_user_change": Page(SUPERUSER, SUPERUSER),
    "admin:auth_user_password_change": Page(SUPERUSER, SUPERUSER),
}

# Of the lists: what an action asks for. Each model's pages follow from the right to view it, see `of_models`.
ACTIONS = {
    ("sync", "replay"): "integrations.replay_sync",
    ("stripeevent", "replay"): "billing.replay_stripeevent",
    ("user", "reset_second_factor"): SUPERUSER,
    ("user", "unlock"): SUPERUSER,
}
MACHINE_OWNED = ("customers", "billing", "integrations", "support")


def of_models() -> dict[str, Page]:
    """Rows of the stock pages: what the machine owns is to look at; accounts and switches are superusers'."""
    found: dict[str, Page] = {}
    for model in admin.site._registry:
        app, name = model._meta.app_label, model._meta.model_name
        view = f"{app}.view_{name}" if app in MACHINE_OWNED else SUPERUSER
        found |= {
            f"admin:{app}_{name}_changelist": Page(view),
            f"admin:{app}_{name}_history": Page(view),
            f"admin:{app}_{name}_change": Page(view),
            f"admin:{app}_{name}_add": Page(NEVER),
            f"admin:{app}_{name}_delete": Page(NEVER),
        }
    return found


def holds(need: str, rights: Set[str]) -> bool:
    """Whether these rights meet the need. `rights` of a superuser hold SUPERUSER, of staff ANYBODY."""
    if need == NEVER:
        return False
    return SUPERUSER in rights or all(
        any(each in rights for each in clause.split("|")) for clause in need.split("&")
    )
