"""The secret that a connection names, read at the moment of use and never stored."""

import os

from django.conf import settings

from integrations.errors import BadCredentials
from integrations.models import Connection


def secret_of(connection: Connection) -> str:
    """The value of the environment variable that the connection names.

    Raises: BadCredentials when it is not set, or can be no key: pasted with a sign that nobody sees.
    """
    value = getattr(settings, connection.credential, "") or os.environ.get(connection.credential, "")
    secret = str(value).strip()
    if not secret:
        raise BadCredentials("credential_missing", "The connection's key is not set in the environment.")
    if not all("!" <= sign <= "~" for sign in secret):
        raise BadCredentials(
            "credential_unusable", "The connection's key holds a sign that no key has. Paste it again."
        )
    return secret
