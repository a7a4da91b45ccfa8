"""One person with one browser, who notices what no page may do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.browser.site import Site

WIDTH, HEIGHT = 360, 740
UNSURE = "?"
# The page itself may answer 404 or 422; Chromium then writes that into its console, too.
_STATUS_LINE = re.compile(r"Failed to load resource: the server responded with a status of (4\d\d|503|500)")
Given = Mapping[str, str | Sequence[str]]


class Visitor:
    """A browser of one's own at 360×740, and everything it complained about."""

    def __init__(
        self,
        site: Site,
        browser: Browser,
        *,
        locale: str = "zh",
        size: int = 20,
        scripts: bool = True,
        cookies: Sequence[Any] = (),
    ) -> None:
        self.site, self.locale = site, locale
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            service_workers="block",
            java_script_enabled=scripts,
            base_url=site.address,
            locale="zh-CN",
            accept_downloads=True,
        )
        # A busy machine is slow, not wrong: this only ends what would never come.
        self.context.set_default_timeout(90_000)
        self.context.add_cookies(
            [*cookies, self._cookie("huimin_lang", locale), self._cookie("huimin_size", str(size))]
        )
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script failed: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _cookie(self, name: str, value: str) -> Any:
        return {"name": name, "value": value, "url": self.site.address}

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if _STATUS_LINE.match(message.text) and message.location.get("url") == self.page.url:
            return
        self.complaints.append(f"{message.type} on {self.page.url}: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and not request.url.startswith(self.site.address):
            self.complaints.append(f"{self.page.url} asks another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.complaints.append(f"{response.url} answers {response.status}")
        if response.status == 500 and response.url not in self.expected_failures:
            self.complaints.append(f"{response.url} crashed")

    expected_failures: Sequence[str] = ()

    def go(self, path: str, status: int = 200) -> Response:
        """Open a page by its address."""
        response = self.page.goto(path, wait_until="load")
        assert response is not None, path
        assert response.status == status, f"{path} answers {response.status}"
        return response

    @property
    def path(self) -> str:
        """Where the browser is now, with the query."""
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def body_id(self) -> str:
        """Which page this is, whatever its language."""
        found = self.page.get_attribute("body", "id")
        assert found, f"{self.page.url} has no id on its body"
        return found

    def text(self) -> str:
        """What the page says."""
        return self.page.inner_text("body")

    def press(self, words: str) -> None:
        """Press the button or link that is called so, and wait for the page it leads to."""
        target = self.page.locator("a, button").get_by_text(words, exact=True).first
        with self.page.expect_navigation(wait_until="load"):
            target.click()

    def send(self) -> None:
        """Press the main button of the form."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.locator("main form button.button-primary").first.click()

    def fill(self, given: Given) -> None:
        """Answer the fields that are named; every other field with 说不清楚 where that is offered."""
        form = self.page.locator("main form").filter(has=self.page.locator(".button-primary")).first
        offered = form.evaluate(
            """form => [...form.querySelectorAll("input:not([type=hidden]), select")].map(
                 one => [one.name, one.type, one.value, one.id])"""
        )
        names = {name for name, *_ in offered}
        unknown = set(given) - names
        assert not unknown, f"{self.path} does not ask for {sorted(unknown)}, only for {sorted(names)}"
        for name, kind, value, id in offered:
            told = given.get(name)
            wanted = [told] if isinstance(told, str) else told
            if kind in ("radio", "checkbox"):
                told_otherwise = name.endswith("_unsure") and name.removesuffix("_unsure") in given
                told_exactly = f"{name}_exact" in given
                if wanted is None:
                    wanted = [] if told_otherwise or told_exactly else [UNSURE]
                if value in wanted:
                    # The whole row is what a finger meets.
                    self.page.locator(f'label[for="{id}"]').click()
            elif wanted:
                self.page.locator(f"#{id}").fill(wanted[0])

    def answer(self, story: Mapping[str, Given], until: str = "/assessment/review") -> list[str]:
        """Answer page after page as the story tells, until the review comes; returns the addresses met."""
        met: list[str] = []
        while not self.path.startswith(until):
            place = urlsplit(self.page.url).path.removeprefix("/assessment/questions/")
            assert place.split("/")[0].isdigit(), f"led astray to {self.page.url} after {met}"
            assert len(met) < 120, f"no end: {met[-5:]}"
            met.append(place)
            if place == "2":
                self._add_members(story)
            else:
                self.fill(story.get(place, {}))
            self.send()
            assert self.page.locator(".summary").count() == 0, f"{place}: {self.page.inner_text('.summary')}"
        return met

    def _add_members(self, story: Mapping[str, Given]) -> None:
        told = [given for place, given in story.items() if place.startswith("2/members/new")]
        if "2/size" in story:
            with self.page.expect_navigation(wait_until="load"):
                self.page.locator('main a[href*="/2/size"]').click()
            self.fill(story["2/size"])
            return
        here = self.page.locator(".people li").count()
        for given in told[here:]:
            with self.page.expect_navigation(wait_until="load"):
                self.page.locator("#add").click()
            self.fill(given)
            self.send()

    def cookies(self) -> list[Any]:
        """What this browser keeps, to open another one with."""
        return [one for one in self.context.cookies() if one["name"] not in ("huimin_lang", "huimin_size")]

    def leave(self) -> None:
        """Close the browser; whoever complained is heard now."""
        self.context.close()
        assert not self.complaints, "\n".join(self.complaints)
