"""The sensitive acts of staff, each as the form a browser sends, in the world of `walking.make_world`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer, Override, ReviewItem
from integrations.models import Connection, PlanMapping, Sync
from support.models import Ticket
from tests.factories import (
    ConnectionFactory,
    PlanFactory,
    StripeCustomerFactory,
    SyncFactory,
    UserFactory,
)
from tests.support.rights.staff import PASSWORD
from tests.support.rights.walking import make_world

WHY = "asked by mail"
USERS = reverse("admin:auth_user_changelist")


@dataclass(frozen=True)
class Act:
    """What is sent where, and the name that the record gives it. `first` is what must be done before."""

    name: str
    path: str
    form: dict[str, Any] = field(default_factory=dict)
    says_why: bool = True
    first: str = ""


def everything(chief: User) -> list[Act]:
    """Makes the world, then the acts that `chief` can do in it."""
    sync = make_world()
    StripeCustomerFactory.create(customer=sync.customer)
    SyncFactory.create(customer=sync.customer, connection__slug="kit")
    return [
        *_on_the_person(sync.customer),
        *_on_the_machine(sync),
        *_on_accounts(chief),
        *_on_the_ticket(chief),
    ]


def do(client: Client, act: Act) -> int:
    return client.post(act.path, act.form).status_code


def _on_the_person(customer: Customer) -> Iterator[Act]:
    def path(act: str, *more: int) -> str:
        return reverse(f"admin:customers_customer_{act}", args=[customer.pk, *more])

    until = (timezone.now() + timedelta(days=20)).date().isoformat()
    plan, why = PlanFactory.create(slug="vip", rank=50), {"reason": WHY}
    yield Act("grant_override", path("grant"), why | {"plan": plan.pk, "until": until, "confirmed": "yes"})
    yield Act("end_override", path("end_override", Override.objects.get().pk), why)
    yield Act("reread", path("reread"), says_why=False)
    yield Act("hold", path("hold"), why)
    yield Act("release", path("release"), why, first="hold")
    yield Act("replay_sync", path("replay"), why)
    yield Act("export_customers", reverse("admin:customers_customer_export"), why)
    item = ReviewItem.objects.get()
    yield Act(
        "settle_review",
        reverse("admin:customers_reviewitem_settle", args=[item.pk]),
        why | {"choice": "ignored"},
    )


def _on_the_machine(sync: Sync) -> Iterator[Act]:
    circle: Connection = ConnectionFactory.create(slug="circle")
    why = {"reason": WHY}

    def path(act: str) -> str:
        return reverse(f"admin:integrations_connection_{act}", args=[circle.pk])

    yield Act("pause_connection", path("pause"), why)
    yield Act("resume_connection", path("resume"), why, first="pause_connection")
    yield Act("set_mode_shadow", path("mode"), why | {"to": "shadow"})
    mapping = PlanMapping.objects.get()
    wish = {"options": json.dumps({"access_groups": [102]}), "seen": json.dumps(mapping.options)}
    edit = reverse("admin:integrations_planmapping_edit", args=[mapping.plan_id, mapping.connection_id])
    yield Act("change_plan_mapping", edit, why | wish)
    yield Act("ignore_sync", f"{reverse('desks:set-aside')}?sync={sync.pk}", why | {"until": ""})


def _on_accounts(chief: User) -> Iterator[Act]:
    new = "quite another password"
    twice = {"password1": new, "password2": new, "usable_password": "true"}
    colleague = UserFactory.create(username="gwen", email="gwen@example.com")
    chosen = {"_selected_action": [colleague.pk], "index": "0", "reason": WHY}
    rights = {"username": "gwen", "is_active": "on", "is_staff": "on", "is_superuser": "on", "reason": WHY}
    own = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}

    def path(act: str) -> str:
        return reverse(f"admin:auth_user_{act}", args=[colleague.pk])

    yield Act("add_user", reverse("admin:auth_user_add"), twice | {"username": "hugo", "reason": WHY})
    yield Act("change_user", path("change"), rights)
    yield Act("set_password", path("password_change"), twice, says_why=False)
    yield Act("reset_second_factor", USERS, chosen | {"action": "reset_second_factor"})
    yield Act("unlock_sign_in", USERS, chosen | {"action": "unlock"})
    yield Act("change_password", reverse("admin:password_change"), own, says_why=False)
    yield Act("make_recovery_codes", reverse("staff:recovery_codes"), says_why=False)
    yield Act("sign_out", reverse("admin:logout"), says_why=False)


def _on_the_ticket(chief: User) -> Iterator[Act]:
    ticket = Ticket.objects.get()

    def path(act: str) -> str:
        return reverse(f"admin:support_ticket_{act}", args=[ticket.pk])

    yield Act("assign_ticket", path("assign"), {"assignee": chief.pk}, says_why=False)
    yield Act("close_ticket", path("close"), says_why=False)
    yield Act("unlink_ticket", path("unlink"), says_why=False)
