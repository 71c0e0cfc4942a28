"""The secret that a connection names, read at the moment of use and never stored."""

import os

from django.conf import settings

from integrations.errors import BadCredentials
from integrations.models import Connection


def secret_of(connection: Connection) -> str:
    """The value of the environment variable that the connection names.

    Raises: BadCredentials when it is not set.
    """
    value = getattr(settings, connection.credential, "") or os.environ.get(connection.credential, "")
    if not value:
        raise BadCredentials("credential_missing", "The connection's key is not set in the environment.")
    return str(value).strip()
