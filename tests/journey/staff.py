"""Somebody at the back office's forms over plain HTTP, who keeps every answer."""

import re
from typing import Any

import requests

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Forms:
    """`refusals` are the answers of 400 and more, `pages` all others."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Connection"] = "close"  # gunicorn hangs up on who is silent for 2 s
        self.refusals: list[str] = []
        self.pages: list[str] = []

    def close(self) -> None:
        self._session.close()

    def get(self, path: str, **options: Any) -> requests.Response:
        return self._kept(self._session.get(self._address + path, timeout=10, **options))

    def post(self, path: str, **options: Any) -> requests.Response:
        return self._kept(self._session.post(self._address + path, timeout=10, **options))

    def submits(self, page: str, fields: dict[str, str], *, to: str = "") -> requests.Response:
        """Open the page and send its form."""
        found = TOKEN.search(self.get(page).text)
        token = found[1] if found else ""
        return self.post(to or page, data={"csrfmiddlewaretoken": token, **fields})

    def signs_in(self, name: str, password: str) -> requests.Response:
        return self.submits("/admin/login/", {"username": name, "password": password, "next": "/admin/"})

    def _kept(self, answer: requests.Response) -> requests.Response:
        told = f"{answer.status_code}\n{answer.headers}\n{answer.text}"
        (self.refusals if answer.status_code >= 400 else self.pages).append(told)
        return answer
