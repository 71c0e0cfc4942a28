"""Whatever goes wrong: no secret and no person in any log, report, message or error page."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import redis
from psycopg import sql

from tests.journey.canaries import Canaries
from tests.journey.mishaps import Mishaps
from tests.journey.sinks import RedisMonitor, SentrySink
from tests.processes import Product

pytestmark = pytest.mark.slow
RECORDS = (
    "customers_lifecycleevent",
    "customers_reviewitem",
    "integrations_syncattempt",
    "support_auditentry",
)
PAGES = [
    "/admin/",
    "/admin/customers/customer/",
    "/admin/integrations/connection/",
    "/admin/integrations/connection/1/change/",
    "/admin/integrations/sync/",
    "/admin/integrations/syncattempt/",
    "/admin/billing/stripeevent/",
    "/admin/billing/stripeevent/1/change/",
    "/admin/customers/reviewitem/",
    "/admin/customers/customer/1/change/",
    "/admin/axes/accessattempt/",
    "/admin/axes/accesslog/",
]


@pytest.fixture
def broker(redis_url: str, canaries: Canaries) -> Iterator[str]:
    """Redis's address with a password in it."""
    client = redis.Redis.from_url(redis_url)
    password = canaries.secrets["Redis password"]
    client.acl_setuser(
        "canary", enabled=True, passwords=[f"+{password}"], keys=["*"], channels=["*"], categories=["+@all"]
    )
    yield redis_url.replace("://", f"://canary:{quote(password, safe='')}@")
    client.acl_deluser("canary")
    client.close()


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    return Canaries.hatched()


def environment(canaries: Canaries, *, dsn: str) -> dict[str, str]:
    secret = canaries.secrets
    return {
        "SECRET_KEY": secret["Django key"],
        "STRIPE_API_KEY": secret["Stripe key"],
        "STRIPE_WEBHOOK_SECRETS": f"{secret['signing secret']},{secret['former signing secret']}",
        "CIRCLE_API_TOKEN": secret["Circle token"],
        "KIT_API_KEY": secret["Kit key"],
        "KIT_WEBHOOK_SECRETS": secret["Kit signing secret"],
        "DEVELOPMENT_LOGIN": "founder",
        "DEVELOPMENT_PASSWORD": secret["staff password"],
        "SENTRY_DSN": dsn,
    }


def tables(database_url: str) -> dict[str, str]:
    """Every row of every table, as text."""
    with psycopg.connect(database_url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {
            name: "\n".join(
                str(row)
                for (row,) in connection.execute(
                    sql.SQL("SELECT each::text FROM {} AS each").format(sql.Identifier(name))
                )
            )
            for (name,) in names
        }


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
def test_a_canary_is_found_in_any_coding(canaries: Canaries, before: str) -> None:
    for name, canary in {**canaries.secrets, **canaries.person}.items():
        coded = base64.b64encode(f"{before}{canary};".encode()).decode()
        for text in (before + canary, coded, before + quote(canary, safe=""), canary.upper()):
            assert any(found.startswith(name) for found in canaries.all_in(text)), (name, text)


def test_no_secret_and_no_person_gets_out(
    canaries: Canaries, database_url: str, broker: str, tmp_path: Path
) -> None:
    password = canaries.secrets["database password"]
    address = database_url.replace("postgres@", f"postgres:{password}@")
    with SentrySink() as sentry, RedisMonitor(broker) as monitor:
        with Product(address, redis_url=broker, extra=environment(canaries, dsn=sentry.dsn)) as product:
            product.prepare()
            product.start("web", "worker", "beat")
            product.wait_ready()
            mishaps = Mishaps(product, canaries, database_url=database_url)
            mishaps.run(tmp_path)
            for page in PAGES:
                mishaps.staff.get(page)
            for name in ("web", "worker", "beat"):
                product.stop(name)  # in good order, so that the last reports still leave
            said = product.said()
        stored = tables(database_url)
    sinks = {
        **{f"output of {name}": text for name, text in said.items()},
        "what commands printed": "\n".join(mishaps.told),
        "Sentry": "\n".join(sentry.envelopes),
        "Redis": "\n".join(monitor.commands),
        "error answers": "\n".join(mishaps.outside.refusals + mishaps.staff.refusals),
        **{name: stored[name] for name in RECORDS},
    }
    assert all(sinks[each] for each in sinks if each != "output of beat"), "a sink that hears nothing is deaf"
    broken = [each for each in sentry.envelopes if "IntegrityError" in each]
    assert len(broken) >= 3, "a task, a view and a form broke, and Sentry was told"
    assert any("run_sync" in each for each in monitor.commands)
    assert canaries.all_in(stored["customers_customer"]), "the person is known, where persons are kept"

    leaks = {name: found for name, text in sinks.items() if (found := canaries.all_in(text))}
    seen = "\n".join(mishaps.staff.pages + mishaps.outside.pages)
    kept = {"tables": "\n".join(stored.values()), "admin pages": seen}
    leaks |= {name: found for name, text in kept.items() if (found := canaries.secrets_in(text))}
    assert leaks == {}, json.dumps(leaks, indent=1, ensure_ascii=False)
