"""Django's PostgreSQL, except that no answer within a few seconds is an error.

Server-side time-outs need a server that runs. A frozen one keeps its sockets open, so every thread would wait
for ever; here the client gives up, closes the connection and raises OperationalError.
"""

from types import SimpleNamespace
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.abc import PQGen

HEALTH_CHECK_SECONDS = 1.0


class PatientConnection(psycopg.Connection[Any]):
    """A connection that waits `patience` seconds for the server's answer."""

    patience: float = 35.0

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval=interval, timeout=timeout or self.patience)
        except psycopg.errors._WaitTimeout as error:
            if timeout:  # asked for by psycopg itself, which knows what to do
                raise
            self.close()
            raise psycopg.OperationalError("the database did not answer in time") from error


class DatabaseWrapper(base.DatabaseWrapper):
    """Found by Django as ENGINE "config.postgresql"; PATIENCE is one of our own OPTIONS."""

    # Django opens its connections through this name.
    Database: Any = SimpleNamespace(**{**vars(psycopg), "connect": PatientConnection.connect})

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        patience = conn_params.pop("patience", PatientConnection.patience)
        connection = super().get_new_connection(conn_params)
        connection.patience = patience
        return connection

    def is_usable(self) -> bool:
        connection: Any = self.connection
        if connection is None:
            return False
        usual, connection.patience = connection.patience, HEALTH_CHECK_SECONDS
        try:
            return bool(super().is_usable())
        finally:
            connection.patience = usual
