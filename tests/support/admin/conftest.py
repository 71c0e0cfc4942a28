"""Staff with exactly the rights that a test names."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

import config.middleware  # noqa: F401  (it dates sessions; a client loads it with its first request only)
from tests.factories import UserFactory

StaffClient = Callable[..., Client]

MODELS = (
    *("customer", "stripeevent", "sync", "connection", "plan", "price"),
    *("reviewitem", "lifecycleevent", "syncattempt", "auditentry"),
)
VIEW = tuple(f"view_{model}" for model in MODELS)
REPLAY = (*VIEW, "replay_sync", "replay_stripeevent")


def signed_in(*rights: str, **columns: bool) -> Client:
    """A client whose user has the named rights and no others."""
    user = UserFactory.create(**columns)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def founder(db: None) -> Client:
    return signed_in(superuser=True)


@pytest.fixture
def viewer(db: None) -> Client:
    return signed_in(*VIEW)


@pytest.fixture
def support(db: None) -> Client:
    return signed_in(*REPLAY)
