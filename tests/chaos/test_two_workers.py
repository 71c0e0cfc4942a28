"""Two workers take each other's messages: what is due at one moment is done in time all the same."""

import os
import time

import psycopg
import pytest

from tests.chaos import checker
from tests.chaos.killing import Scene
from tests.processes import until

pytestmark = pytest.mark.chaos

PEOPLE = int(os.environ.get("CHAOS_PEOPLE", "200"))
PROMISE = 60.0
PATIENCE = 240.0
# Access by hand, for people who never bought anything.
GIVEN = f"""
import django
django.setup()
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from customers import overrides
from customers.models import Customer, Override, Plan
now = timezone.now()
given = {{"plan": Plan.objects.get(slug="pro"), "until": now + timedelta(days=1),
          "reason": "a gift", "granted_by": User.objects.create(username="ann")}}
for number in range({PEOPLE}):
    person = Customer.objects.create(email=f"person{{number}}@example.com")
    overrides.grant(Override(customer=person, **given), now=now)
"""
# As if the day had gone by.
ENDS = (
    "UPDATE customers_override SET until = statement_timestamp()",
    "UPDATE customers_entitlement SET ends_at = statement_timestamp()",
    "UPDATE customers_customer SET next_check_at = statement_timestamp()",
)


def test_two_hundred_people_whose_access_ends_at_one_moment_are_out_in_a_minute(scene: Scene) -> None:
    product, circle = scene.product, scene.product.sandbox.circle
    for name in ("one", "two"):
        product.start(name, command=scene.line("worker"))
    product.start("web")
    product.wait_ready()
    made = product.ask("-c", GIVEN)
    assert made.returncode == 0, made.stderr
    checker.settles(scene.database_url, seconds=PATIENCE)
    assert len(circle.members_of(101)) == PEOPLE

    with psycopg.connect(scene.database_url) as connection:
        for each in ENDS:
            connection.execute(each)
    began = time.monotonic()
    until(lambda: not circle.members_of(101), seconds=PATIENCE, what="everybody is out")

    out = time.monotonic() - began
    checker.settles(scene.database_url, seconds=PATIENCE)
    print(f"{PEOPLE} people were out after {out:.1f} s")
    assert out <= PROMISE
    assert checker.repeated(product.sandbox) == []
    assert product.manage("verify_invariants") == "Every rule holds.\n"
