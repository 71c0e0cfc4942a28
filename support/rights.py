"""Who may do what: the written matrix of groups and rights, and the pages that ask for them.

The groups are equal to it after every `migrate`, so a right added to one of them by hand does not stay. Give
one person more through their own rights, or make another group. Users, groups, beat's schedules and the
sign-in's tables are for superusers only.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

READ_ONLY = frozenset(
    {
        "customers.view_customer",
        "customers.view_lifecycleevent",
        "customers.view_plan",
        "customers.view_planalias",
        "customers.view_reviewitem",
        "billing.view_price",
        "billing.view_stripeevent",
        "integrations.view_connection",
        "integrations.view_onetimeeffect",
        "integrations.view_sync",
        "integrations.view_syncattempt",
        "support.view_alert",
        "support.view_auditentry",
        "support.view_message",
        "support.view_ticket",
    }
)
SUPPORT = READ_ONLY | {
    "customers.extend_grace",
    "customers.reread_customer",
    "billing.replay_stripeevent",
    "integrations.replay_sync",
    "support.add_message",
    "support.add_ticket",
    "support.change_ticket",
}
FOUNDER = SUPPORT | {
    "customers.export_customer",
    "customers.grant_override",
    "customers.settle_reviewitem",
    "customers.view_override",
    "billing.ignore_stripeevent",
    "integrations.bulk_replay_sync",
    "integrations.change_planmapping",
    "integrations.hold_sync",
    "integrations.operate_connection",
    "integrations.view_planmapping",
}
IN_WORDS = {
    "Read only": "look at everything but plans and mapping; change nothing",
    "Support": "look, replay for one person, read again from Stripe, extend grace by up to 7 days, tickets",
    "Founder": "all that, and overrides, reviews, plans and mapping, connections, many at once, export",
}
GROUPS = {"Read only": READ_ONLY, "Support": SUPPORT, "Founder": FOUNDER}


def keep_groups(sender: AppConfig, plan: Iterable[tuple[Any, bool]] = (), **_: Any) -> None:
    """Make the groups equal to the matrix; connected to `post_migrate`.

    Raises: LookupError for a right that no model declares.
    """
    if any(backwards for _migration, backwards in plan) or not apps.is_installed("django.contrib.auth"):
        return
    for name, rights in GROUPS.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set(permissions(rights))


def permissions(rights: Iterable[str]) -> list[Permission]:
    """The rows of rights named "app.codename". Raises: LookupError."""
    wanted = {tuple(each.split(".", 1)) for each in rights}
    named = Q()
    for app, codename in wanted:
        named |= Q(content_type__app_label=app, codename=codename)
    found = list(Permission.objects.select_related("content_type").filter(named))
    missing = wanted - {(each.content_type.app_label, each.codename) for each in found}
    if missing:
        raise LookupError(f"no model declares these rights: {sorted('.'.join(each) for each in missing)}")
    return found
