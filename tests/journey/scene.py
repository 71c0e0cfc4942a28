"""The stage of the mishaps: the product, its tables, and people at its forms."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.journey.canaries import Canaries
from tests.journey.staff import Forms
from tests.processes import Product, until

PATIENCE = 60.0  # paid means in within 60 s


class Scene:
    """`told` collects what commands printed."""

    def __init__(self, product: Product, canaries: Canaries, *, database_url: str) -> None:
        self.product = product
        self.sandbox = product.sandbox
        self.canaries = canaries
        self.email = canaries.person["e-mail"]
        self.told: list[str] = []
        self.outside = Forms(product.address)
        self.staff = Forms(product.address)
        self._database_url = database_url
        self._seen = 0
        self._bought: Any = None

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            done = connection.execute(query.encode())
            return done.fetchall() if done.description else []

    def wait_for(self, query: str, what: str) -> None:
        until(lambda: bool(self.rows(query)), seconds=PATIENCE, what=what)

    def delivered(self) -> None:
        self._seen = self.product.deliver_new(self._seen)

    def ask(self, *arguments: str) -> None:
        done = self.product.ask("manage.py", *arguments)
        self.told.append(done.stdout + done.stderr)

    def resumed(self, slug: str) -> None:
        self.ask("connection", slug, "resume", "--reason", "tried again")

    def attempted(self, outcome: str) -> None:
        self.wait_for(
            f"SELECT 1 FROM integrations_syncattempt WHERE outcome = '{outcome}'", f"an attempt is {outcome}"
        )

    @property
    def echo(self) -> str:
        """What a careless provider says: the person and our own key."""
        secret = self.canaries.secrets
        return f"{self.canaries.name} <{self.email}> refused for token {secret['Circle token']}"

    @contextmanager
    def broken_table(self, table: str, *, unless: str) -> Iterator[None]:
        """The database refuses new rows, and says so with the whole row, as PostgreSQL does."""
        self.rows(f"ALTER TABLE {table} ADD CONSTRAINT mishap CHECK ({unless}) NOT VALID")
        try:
            yield
        finally:
            self.rows(f"ALTER TABLE {table} DROP CONSTRAINT mishap")
