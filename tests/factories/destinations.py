"""Connections, syncs and attempts."""
# factory-boy ships annotations for its factories, but none for its declarations.
# mypy: disable-error-code="attr-defined,no-untyped-call"

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from integrations.models import (
    Connection,
    ConnectionKind,
    OneTimeEffect,
    Outcome,
    PlanMapping,
    Sync,
    SyncAttempt,
    SyncStatus,
)
from tests.factories.clock import now_utc
from tests.factories.people import CustomerFactory, PlanFactory


class ConnectionFactory(DjangoModelFactory[Connection]):
    class Meta:
        model = Connection
        django_get_or_create = ("slug",)

    slug = "circle"
    kind = factory.LazyAttribute(lambda connection: ConnectionKind(connection.slug.partition("-")[0]))
    credential = factory.LazyAttribute(lambda connection: f"{connection.slug.upper()}_CREDENTIAL")


class PlanMappingFactory(DjangoModelFactory[PlanMapping]):
    class Meta:
        model = PlanMapping

    plan = factory.SubFactory(PlanFactory)
    connection = factory.SubFactory(ConnectionFactory)


class SyncFactory(DjangoModelFactory[Sync]):
    """In sync; `dead=True` is a dead letter, `retrying=True` is tried again in a minute."""

    class Meta:
        model = Sync

    class Params:
        dead = factory.Trait(
            status=SyncStatus.DEAD_LETTER,
            reason="rejected",
            explanation="Refused there (422).",
            applied_version=0,
            attempt_count=8,
        )
        retrying = factory.Trait(
            status=SyncStatus.RETRYING,
            reason="answers_503",
            explanation="Not available there (503).",
            applied_version=0,
            attempt_count=2,
            due_at=factory.LazyFunction(lambda: now_utc() + timedelta(minutes=1)),
        )

    customer = factory.SubFactory(CustomerFactory)
    connection = factory.SubFactory(ConnectionFactory)
    status = SyncStatus.IN_SYNC
    desired_version = 1
    applied_version = 1


class SyncAttemptFactory(DjangoModelFactory[SyncAttempt]):
    class Meta:
        model = SyncAttempt

    sync = factory.SubFactory(SyncFactory)
    customer = factory.LazyAttribute(lambda attempt: attempt.sync.customer)
    version = 1
    fencing_token = factory.Sequence(lambda n: n + 1)
    outcome = Outcome.APPLIED
    started_at = factory.LazyFunction(now_utc)
    finished_at = factory.LazyFunction(now_utc)
    duration_ms = 120
    release = "test"


class OneTimeEffectFactory(DjangoModelFactory[OneTimeEffect]):
    class Meta:
        model = OneTimeEffect

    customer = factory.SubFactory(CustomerFactory)
    connection = factory.SubFactory(ConnectionFactory, slug="kit")
    kind = "welcome"
    subject = factory.Sequence(lambda n: f"sub_{n:08}")
