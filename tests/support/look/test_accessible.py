"""Every page of the back office for everybody: axe finds nothing, nothing scrolls sideways, no error."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.bringup.capabilities import chromium
from tests.factories import UserFactory
from tests.support.rights.walking import addresses, fill, make_world, office

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
# WCAG 2.2, levels A and AA, and what axe calls best practice.
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
PARTS = 2  # so that two workers share the pages
WITHOUT_A_PAGE = {"admin:jsi18n", "admin:password_change_done"}  # a script; a page like any other


@dataclass(frozen=True)
class Look:
    """How somebody looks at it."""

    scheme: Literal["light", "dark"]
    width: int

    def __str__(self) -> str:
        return f"{self.scheme} {self.width}px"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    # Playwright's event loop lives in this thread, and Django would refuse the ORM beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def pages_of(client: Client) -> list[str]:
    """The addresses that answer a superuser's GET with a page, each once."""
    found = dict.fromkeys(fill(each) for each in office() if each.name not in WITHOUT_A_PAGE)
    return [path for path in found if _is_page(client.get(path))]


def _is_page(answer: Any) -> bool:
    return bool(answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"))


def faults(page: Page, complaints: list[str]) -> Iterator[str]:
    """One sentence for each thing that is wrong with the page shown."""
    yield from complaints.copy()  # axe's own tries come after
    for rule in Axe().run(page, options=RULES).response["violations"]:
        where = ", ".join(node["target"][0] for node in rule["nodes"][:3])
        yield f"{rule['id']} ({rule['impact']}): {rule['help']}, at {where}"
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        yield "scrolls sideways"
    complaints.clear()


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("look", [Look("light", 1440), Look("dark", 390)], ids=str)
def test_every_page_is_for_everybody(
    browser: Browser, live_server: LiveServer, look: Look, part: int
) -> None:
    make_world()
    client = Client()
    client.force_login(UserFactory.create(superuser=True), backend=settings.AUTHENTICATION_BACKENDS[-1])
    paths = pages_of(client)[part::PARTS]
    context = browser.new_context(
        viewport={"width": look.width, "height": 900}, color_scheme=look.scheme, reduced_motion="reduce"
    )
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "response", lambda got: complaints.append(f"{got.url} {got.status}") if got.status >= 400 else None
    )

    wrong: dict[str, list[str]] = {}
    for path in paths:
        page.goto(live_server.url + path)
        wrong[path] = list(faults(page, complaints))

    told = [f"{path}: {each}" for path, found in wrong.items() for each in found]
    assert not told, "\n".join(told)
    assert len(paths) > 20
    context.close()


@pytest.mark.parametrize("look", [Look("light", 1440), Look("dark", 390)], ids=str)
def test_the_door_is_for_everybody(browser: Browser, live_server: LiveServer, look: Look) -> None:
    doors = [fill(each) for each in addresses() if each.name in ("admin:login",)]
    context = browser.new_context(viewport={"width": look.width, "height": 900}, color_scheme=look.scheme)
    page = context.new_page()
    for path in doors:
        page.goto(live_server.url + path)
        assert list(faults(page, [])) == []
    context.close()
