"""A visitor with a real browser: signs in, looks, and notes whatever the browser complains about."""

from dataclasses import dataclass, field
from typing import Literal, Self

from playwright.sync_api import Browser, ConsoleMessage, Page, Response

from tests.processes import Product

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Told through the console, where the visitor listens anyway.
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass(frozen=True)
class Manner:
    """How somebody looks at the product."""

    scheme: Literal["light", "dark"] = "light"
    width: int = 1280
    javascript: bool = True


@dataclass
class Visitor:
    """One browser context with one tab; `complaints` is empty when every page was clean."""

    product: Product
    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def comes(cls, browser: Browser, product: Product, manner: Manner = Manner()) -> Self:
        context = browser.new_context(
            viewport={"width": manner.width, "height": 900},
            color_scheme=manner.scheme,
            java_script_enabled=manner.javascript,
        )
        context.set_default_timeout(15_000)
        context.add_init_script(TELL_VIOLATIONS)
        visitor = cls(product, context.new_page())
        visitor.page.on("console", visitor._said)
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        visitor.page.on("response", visitor._answered)
        return visitor

    def signs_in(self) -> Self:
        """Through the login page, as everybody has to."""
        self.page.goto(f"{self.product.address}/admin/")
        self.page.fill("#id_username", self.product.environ["DEVELOPMENT_LOGIN"])
        self.page.fill("#id_password", self.product.environ["DEVELOPMENT_PASSWORD"])
        self.page.click("[type=submit]")
        self.page.locator("#logout-form").wait_for(state="attached")
        return self

    def opens(self, path: str) -> Page:
        answer = self.page.goto(self.product.address + path)
        assert answer is not None
        assert answer.ok, f"{path} answered {answer.status}"
        return self.page

    def finds(self, words: str) -> Page:
        """Type into the search of the page's head and open the first person found."""
        self.page.fill("#find", words)
        with self.page.expect_navigation():
            self.page.press("#find", "Enter")
        if "/change/" not in self.page.url:
            self.page.click("#result_list tbody a >> nth=0")
        return self.page

    def scrolls_sideways(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def leaves(self) -> None:
        self.page.context.close()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.url} answered {response.status}")
