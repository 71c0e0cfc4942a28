"""An error of our own on its way to the log: its kind and its place are told, never what it quotes."""

from django.db import InterfaceError, InternalError, OperationalError
from psycopg.errors import IdleInTransactionSessionTimeout

# What Django calls the errors that `is_database_trouble` may find.
TROUBLE_NAMES = {each.__name__ for each in (OperationalError, InterfaceError, InternalError)}


class OurFault(Exception):
    """Stands for an error whose own words may quote somebody: a name, an address, a whole row."""


def untold(error: Exception) -> OurFault:
    """What may be logged and reported instead of `error`, with its traceback; raise it `from None`.

    PostgreSQL's code, table and constraint are names of ours.
    """
    found = getattr(error.__cause__, "diag", None)
    names = [getattr(found, each, None) for each in ("sqlstate", "table_name", "constraint_name")]
    words = " ".join([type(error).__name__, *(each for each in names if each)])
    return OurFault(words).with_traceback(error.__traceback__)


def is_database_trouble(error: Exception) -> bool:
    """It is away, locked, too slow, chose us to break a deadlock or cut us off: no bug and nobody's try."""
    cut_off = isinstance(error.__cause__, IdleInTransactionSessionTimeout)
    return cut_off or isinstance(error, OperationalError | InterfaceError)
