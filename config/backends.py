"""Who is locked out is refused at the price of a wrong password, so that the time tells nobody."""

from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.exceptions import AxesBackendPermissionDenied
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest


class LockedOut(AxesStandaloneBackend):  # type: ignore[misc]
    """The first backend: stops whoever is locked out before any password is looked at."""

    def authenticate(
        self, request: HttpRequest, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> None:
        try:
            super().authenticate(request, username=username, password=password, **kwargs)
        except AxesBackendPermissionDenied:
            make_password(password)
            raise
