"""The ground that the other tests stand on: a real database, a real Redis, and nobody else."""

import os
import socket

import psycopg
import pytest
import redis

from tests.bringup.loopback import OutsideWorldError


def test_the_database_is_a_real_postgresql() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        version = connection.execute("SHOW server_version_num").fetchone()
    assert version is not None
    assert int(version[0]) >= 140000


def test_redis_is_a_real_one(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("2001:db8::1", 443)])
def test_another_machine_is_out_of_reach(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as outside, pytest.raises(OutsideWorldError):
        outside.connect(address)


@pytest.mark.parametrize("name", ["REDIS_URL", "SENTRY_DSN", "ALERT_WEBHOOK_URL"])
def test_the_shell_cannot_lend_the_tests_a_real_service(name: str) -> None:
    assert name not in os.environ


def test_the_keys_are_made_up() -> None:
    assert os.environ["STRIPE_API_KEY"].startswith("sk_test_madeup")
    assert os.environ["CIRCLE_API_TOKEN"].startswith("madeup")
    assert os.environ["KIT_API_KEY"].startswith("madeup")
