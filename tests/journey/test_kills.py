"""A worker dies, Redis freezes, no message is ever sent: who paid is in, once, and soon."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import redis

from tests.bringup.capabilities import not_run
from tests.bringup.fresh import fresh_database
from tests.processes import Product, until

pytestmark = pytest.mark.chaos
EMAIL = "ada@example.com"
AFTER_A_KILL = 45.0  # seconds
WHILE_REDIS_IS_FROZEN = 60.0
ANSWER = 0.5  # 95th percentile
LONGEST_ANSWER = 5.0
SLOW = 8.0


@pytest.fixture
def database_url() -> Iterator[str]:
    """Each test has the whole database to itself."""
    with fresh_database() as url:
        yield url


@contextmanager
def frozen(redis_url: str) -> Iterator[None]:
    """Redis keeps its port open and answers nobody."""
    with redis.Redis.from_url(redis_url) as client:
        pid = int(client.info("server")["process_id"])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def running(product: Product) -> Iterator[Product]:
    with product:
        product.prepare()
        product.start("web", "worker", "beat")
        product.wait_ready()
        yield product


def is_in(product: Product) -> bool:
    """In Circle, tagged in Kit and welcomed."""
    circle, kit = product.sandbox.circle, product.sandbox.kit
    tagged = "plan: pro" in kit.tags_of(EMAIL)
    return EMAIL in circle.members_of(101) and tagged and (EMAIL, 501) in kit.enrolments


def assert_greeted_once(product: Product) -> None:
    """Looked at when all has come to rest."""
    resting = "SELECT count(*) FILTER (WHERE status = 'in_sync'), count(*) FROM integrations_sync"
    with psycopg.connect(product.environ["DATABASE_URL"], autocommit=True) as connection:
        until(
            lambda: connection.execute(resting).fetchone() == (2, 2),
            seconds=AFTER_A_KILL,
            what="both destinations are in sync",
        )
    assert product.sandbox.circle.invitations == [EMAIL]
    assert product.sandbox.kit.enrolments.count((EMAIL, 501)) == 1
    assert product.manage("verify_invariants") == "Every rule holds.\n"


def test_a_worker_killed_in_the_middle_of_a_call_is_replaced_in_time(
    database_url: str, redis_url: str
) -> None:
    with running(Product(database_url, redis_url=redis_url)) as product:
        call = product.sandbox.circle.fail(method="POST", route="/community_members", delay=SLOW, times=1)
        product.sandbox.stripe.checkout(EMAIL, price="price_pro_month", name="Ada")
        product.deliver_new()
        until(lambda: call.hits == 1, seconds=20, what="the worker is in the middle of the call")

        product.stop("worker", how=signal.SIGKILL)
        product.start("worker")

        until(lambda: is_in(product), seconds=AFTER_A_KILL, what="Ada is in after all")
        assert_greeted_once(product)


def seconds_to_answer(product: Product, event: dict[str, Any]) -> float:
    started = time.monotonic()
    assert product.deliver(event) == 200
    return time.monotonic() - started


def test_while_redis_is_frozen_stripe_is_answered_and_work_goes_on(database_url: str, redis_url: str) -> None:
    if os.environ.get("REDIS_URL_TEST"):
        not_run("own redis", why="a Redis that others may use is not frozen")
    with running(Product(database_url, redis_url=redis_url)) as product, frozen(redis_url):
        product.sandbox.stripe.checkout(EMAIL, price="price_pro_month", name="Ada")

        took = sorted(seconds_to_answer(product, event) for event in product.sandbox.stripe.events)
        assert took[int(0.95 * (len(took) - 1))] < ANSWER, took
        assert took[-1] < LONGEST_ANSWER

        until(lambda: is_in(product), seconds=WHILE_REDIS_IS_FROZEN, what="Ada is in without Redis")
        assert_greeted_once(product)


def test_without_a_single_message_everything_is_processed(database_url: str) -> None:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.journey.unpublished"}
    with running(Product(database_url, extra=settings)) as product:
        bought = product.sandbox.stripe.checkout(EMAIL, price="price_pro_month", name="Ada")
        seen = product.deliver_new()
        until(lambda: is_in(product), seconds=10, what="Ada is in")
        product.sandbox.stripe.cancels(bought.subscription)
        product.deliver_new(seen)

        until(lambda: not product.sandbox.circle.members_of(101), seconds=10, what="Ada is out")
        assert "] received" not in product.said()["worker"], "no task came by a message"
        assert_greeted_once(product)
