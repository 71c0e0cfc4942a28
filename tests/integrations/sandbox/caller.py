"""A caller of one provider over real HTTP, as a connector would be."""

from typing import Any

import requests


class Caller:
    """`caller("GET", "/tags", params=...)`; it counts as a holder of a valid credential."""

    def __init__(self, base: str, *, header: str, credential: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers[header] = credential

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.base + path, timeout=10, **options)
