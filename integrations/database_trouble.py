"""What is the database's trouble and so no fault of the work: it is away, locked, too slow, or cut us off."""

from django.db import InterfaceError, OperationalError
from psycopg.errors import IdleInTransactionSessionTimeout

NAMES = ("OperationalError", "InterfaceError", "IdleInTransactionSessionTimeout")


def database_trouble(error: Exception) -> str:
    """One of NAMES, "" for anything else. A deadlock that was broken at our cost is trouble, too."""
    if isinstance(error.__cause__, IdleInTransactionSessionTimeout):  # for Django an internal error
        return type(error.__cause__).__name__
    if isinstance(error, InterfaceError):
        return "InterfaceError"
    return "OperationalError" if isinstance(error, OperationalError) else ""
