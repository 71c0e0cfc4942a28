"""The main job as a new user tries it: two browser tabs, the sandbox's buttons and the back office."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.bringup.capabilities import chromium
from tests.journey.visits import ARGS, Manner, Visitor
from tests.processes import Product, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PROMISE = 5.0  # seconds, from the button to what staff see
REFUSED = "grace@example.com"
LISTS = [
    "/admin/",
    "/admin/customers/customer/",
    "/admin/billing/stripeevent/",
    "/admin/integrations/sync/",
    "/admin/integrations/sync/?status__exact=dead_letter",
    "/admin/integrations/connection/",
    "/admin/customers/reviewitem/",
    "/admin/customers/lifecycleevent/",
    "/admin/integrations/syncattempt/",
    "/admin/support/auditentry/",
    "/admin/customers/plan/",
    "/admin/integrations/planmapping/",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def product(browser: Browser, database_url: str) -> Iterator[Product]:
    """Everything as `make run` has it: no Redis, the sandbox delivers, one customer whom Circle refuses."""
    with Product(database_url) as running:
        running.prepare()
        running.start("web", "worker", "beat")
        running.wait_ready()
        running.deliver_by_itself()
        running.sandbox.faults.add("circle", email=REFUSED, status=422)
        running.sandbox.stripe.add_price("price_unmapped", "prod_new", 700, interval="month")
        for email, price in ((REFUSED, "price_pro_month"), ("hal@example.com", "price_unmapped")):
            running.sandbox.stripe.checkout(email, price=price, name="Grace")
        until(lambda: "plan: pro" in running.sandbox.kit.tags_of(REFUSED), seconds=20, what="Grace is in Kit")
        yield running


def presses(page: Page, product: Product, button: str, *, person: str = "") -> str:
    """Press a button of the sandbox's page; what the page then says."""
    page.goto(product.sandbox_address)
    place = page.locator("article", has_text=person) if person else page.locator("main")
    place.get_by_role("button", name=button, exact=True).click()
    return page.inner_text(".said")


def shown(visitor: Visitor, part: str) -> str:
    return visitor.page.inner_text(f'[data-part="{part}"]')


def test_pressing_checkout_lets_a_customer_in_and_cancels_takes_it_away(
    browser: Browser, product: Product
) -> None:
    staff, buyer = Visitor.comes(browser, product).signs_in(), Visitor.comes(browser, product)
    sandbox = product.sandbox

    email = presses(buyer.page, product, "checkout").split()[0]
    until(lambda: is_found(staff, email), seconds=PROMISE, what="staff find the new customer")
    until(lambda: is_settled(staff, "Has access"), seconds=PROMISE, what="the screen says: in, everywhere")
    header = shown(staff, "header")
    assert all(words in header for words in ("Active", "Has access", "Pro")), header
    assert "Has access: Pro (monthly) is active." in header
    places = shown(staff, "destinations")
    assert "access group 101" in places or "Pro" in places, places
    assert "plan: pro" in places
    assert email in sandbox.circle.members_of(101)
    assert "plan: pro" in sandbox.kit.tags_of(email)
    before = titles(staff)
    assert len(before) >= 3, before

    presses(buyer.page, product, "cancels", person=email)
    until(lambda: is_settled(staff, "No access"), seconds=PROMISE, what="the screen says: out, everywhere")
    assert "Canceled" in shown(staff, "header")
    assert email not in sandbox.circle.members_of(101)
    assert "plan: pro" not in sandbox.kit.tags_of(email)
    after = titles(staff)
    assert len(after) > len(before)
    assert set(before) <= set(after), "the history is kept"
    assert staff.complaints + buyer.complaints == []


def is_found(visitor: Visitor, email: str) -> bool:
    visitor.opens(f"/admin/customers/customer/?q={email}")
    return "/change/" in visitor.page.url


def is_settled(visitor: Visitor, access: str) -> bool:
    """Whether the screen tells this access, and that both destinations are in sync with it."""
    visitor.page.reload()
    return access in shown(visitor, "header") and shown(visitor, "destinations").count("In sync") == 2


def titles(visitor: Visitor) -> list[str]:
    return visitor.page.locator('[data-part="timeline"] ol b').all_inner_texts()


@pytest.mark.parametrize(
    "manner",
    [Manner("light", 1280), Manner("dark", 390)],
    ids=lambda each: f"{each.scheme} {each.width}px",
)
def test_no_page_makes_the_browser_complain_or_scroll_sideways(
    browser: Browser, product: Product, manner: Manner
) -> None:
    visitor = Visitor.comes(browser, product, manner)
    visitor.opens("/admin/login/")
    wide = ["/admin/login/"] if visitor.scrolls_sideways() else []
    visitor.signs_in()

    for path in [*LISTS, *details(visitor)]:
        visitor.opens(path)
        wide += [path] if visitor.scrolls_sideways() else []

    assert visitor.complaints == []
    assert wide == []
    visitor.leaves()


def details(visitor: Visitor) -> list[str]:
    """One page of each kind behind the lists: a customer with a failure, an event, a sync, a connection."""
    found = []
    for model in ("billing/stripeevent", "integrations/sync", "integrations/connection"):
        html = visitor.opens(f"/admin/{model}/").content()
        found += re.findall(rf"/admin/{model}/\d+/change/", html)[:1]
    found += re.findall(r"/admin/customers/.*", visitor.opens(f"/admin/customers/customer/?q={REFUSED}").url)
    assert len(found) == 4, found
    return found


def test_without_javascript_staff_find_read_and_replay(browser: Browser, product: Product) -> None:
    staff = Visitor.comes(browser, product, Manner(javascript=False)).signs_in()

    page = staff.finds(REFUSED)
    assert "Active" in shown(staff, "header")
    assert "Dead letter" in shown(staff, "destinations")
    product.sandbox.faults.clear("circle")
    page.get_by_role("button", name=re.compile("Replay")).click()
    assert "queued again" in page.inner_text(".messagelist")

    sandbox = product.sandbox
    until(lambda: REFUSED in sandbox.circle.members_of(101), seconds=PROMISE, what="Grace is let in")
    until(lambda: is_settled(staff, "Has access"), seconds=PROMISE, what="the screen says so")
    staff.leaves()
