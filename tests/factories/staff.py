"""Staff and what they did."""
# factory-boy ships annotations for its factories, but none for its declarations.
# mypy: disable-error-code="attr-defined,no-untyped-call"

from typing import Any

import factory
from django.contrib.auth import get_user_model
from factory.django import DjangoModelFactory

from support.models import AuditEntry


class UserFactory(DjangoModelFactory[Any]):
    """Staff; `superuser=True` may everything."""

    class Meta:
        model = get_user_model()

    class Params:
        superuser = factory.Trait(is_superuser=True)

    username = factory.Sequence(lambda n: f"staff{n}")
    is_staff = True


class AuditEntryFactory(DjangoModelFactory[AuditEntry]):
    class Meta:
        model = AuditEntry

    actor = factory.SubFactory(UserFactory)
    act = "replay_sync"
    subject = factory.Sequence(lambda n: f"sync:{n}")
    release = "test"
