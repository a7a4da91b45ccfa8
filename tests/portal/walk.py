"""Answering the questions the way a browser does: open a page, fill in its form, send it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from werkzeug.test import TestResponse

from assistance import assessments
from assistance.assessments import COOKIE, Answers
from infrastructure import clock


class Form(HTMLParser):
    """The first form of a page that is answered: its address and its hidden fields."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.names: dict[str, list[str]] = {}
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if (
            tag == "form"
            and not self.action
            and not given.get("action", "").endswith(("clear", "remove", "remove?then=review"))
        ):
            self.action, self._inside = given["action"], True
        if tag == "input" and self._inside:
            if given.get("type") == "hidden":
                self.hidden[given["name"]] = given["value"]
            else:
                self.names.setdefault(given["name"], []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


class Walk:
    """One resident with one phone."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.seen: list[str] = []

    def get(self, address: str) -> TestResponse:
        return self.client.get(address, follow_redirects=False)

    def token(self) -> str:
        page = self.client.get("/assessment").get_data(as_text=True)
        return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def answer(self, address: str, **values: Any) -> TestResponse:
        """Open a page and send its form; the answer's redirect is not followed."""
        page = self.client.get(address)
        assert page.status_code == 200, (address, page.status_code, page.headers.get("Location"))
        form = Form(page.get_data(as_text=True))
        for name, value in values.items():
            for one in value if isinstance(value, list) else [value]:
                offered = form.names.get(name)
                assert offered is not None, (address, name, form.names)
                assert one in offered or "" in offered or offered[0] not in ("?", one), (
                    address,
                    name,
                    one,
                    offered,
                )
        self.seen.append(address)
        return self.client.post(form.action, data={**form.hidden, **values})

    def add(self, relation: str, sex: str, birth_year: int | str) -> TestResponse:
        """Add somebody at home."""
        return self.answer(
            "/assessment/questions/2/members/new", relation=relation, sex=sex, birth_year=str(birth_year)
        )

    def unsure_to_the_end(self, address: str) -> list[str]:
        """Answer 说不清楚 on every page until the review; returns the pages in order."""
        pages = []
        while "/questions/" in address:
            pages.append(address)
            address = self.step(address)
            assert len(pages) < 200
        return pages

    def step(self, address: str) -> str:
        """Answer 说不清楚 on one page; returns where it leads."""
        form = Form(self.client.get(address).get_data(as_text=True))
        data: dict[str, Any] = dict(form.hidden)
        for name, offered in form.names.items():
            if "?" in offered:
                data[name] = "?"
        reply = self.client.post(form.action, data=data)
        assert reply.status_code == 303, (address, reply.status_code)
        return reply.headers["Location"]


def family_of_three(walk: Walk) -> None:
    """A couple with a child of twelve in the countryside, as far as the end of the second question."""
    walk.answer("/assessment/questions/1", registration="local")
    walk.answer("/assessment/questions/1/home", area="rural", alone="family")
    walk.add("head", "M", 1976)
    walk.add("spouse", "F", 1980)
    walk.add("child", "M", 2014)
    walk.answer("/assessment/questions/2/situation", situation="none")


def kept_by(client: Any) -> Answers | None:
    """The answers in a browser's cookie."""
    cookie = client.get_cookie(COOKIE)
    if cookie is None:
        return None
    parts = client.application.extensions["huimin"]
    return assessments.unseal(parts.cipher, cookie.value, county="330482", now=clock.now())


def text_of(response: TestResponse) -> str:
    """What a response shows."""
    return response.get_data(as_text=True)
