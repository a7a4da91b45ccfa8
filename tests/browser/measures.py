"""What is measured of a page as it stands in the browser: width, targets, contrast and the rest of axe."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

MAIN_TARGET, OTHER_TARGET = 60, 44
# Staff sit at a desk or hold the phone themselves: the smaller of the two is enough for them.
STAFF_TARGET = 44
TAGS = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": True}},
    "resultTypes": ["violations", "incomplete"],
}
# What axe leaves for a person to judge is held against a page only where these rules could not measure.
MUST_BE_MEASURED = ("color-contrast", "color-contrast-enhanced", "target-size")

_LAY_OPEN = 'document.querySelectorAll("details").forEach(one => { one.open = true; })'

# Marks drawn beside words keep axe from finding the ground on which the words stand. A sheet made by script
# is what the content security policy lets through.
_PLAIN_GROUND = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    *::before, *::after { content: none !important }
    * { background-image: none !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
_GROUND_AS_IT_IS = "() => { document.adoptedStyleSheets = []; }"

# Text may be wider than its box in two ways: it pushes the page sideways, or it is cut off.
_TOO_WIDE = """() => {
  const root = document.documentElement, found = [];
  if (root.scrollWidth > root.clientWidth) found.push(`page: ${root.scrollWidth} in ${root.clientWidth}`);
  for (const one of document.querySelectorAll("body *")) {
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    if (one.closest("svg, .unseen, .skip, .call-words") || !box.width) continue;
    const name = `${one.tagName.toLowerCase()}.${one.className} "${one.textContent.trim().slice(0, 20)}"`;
    if (box.right > root.clientWidth + 1 || box.left < -1) found.push(`outside: ${name}`);
    if (style.overflowX !== "visible" && one.tagName !== "SELECT" && one.tagName !== "INPUT"
        && one.scrollWidth > one.clientWidth + 1) found.push(`cut off: ${name}`);
    const floats = style.position === "fixed" || style.position === "sticky";
    if (floats && !one.matches('[id^="admin-"] .actions')) found.push(`floats: ${name}`);
  }
  return found;
}"""

# A link within a sentence is as high as its line; every other target has its full height.
_TOO_SMALL = """([main, other]) => {
  const found = [];
  const targets = "a[href], button, summary, select, input:not([type=hidden]), .row label";
  for (const one of document.querySelectorAll(targets)) {
    if (one.closest(".skip") || one.matches(".row input")) continue;
    const box = one.getBoundingClientRect();
    if (!box.width) continue;
    const block = one.closest("p, li, dd, dt, td");
    const inSentence = one.tagName === "A" && getComputedStyle(one).display === "inline" && block
      && block.textContent.trim().length > one.textContent.trim().length;
    if (inSentence) continue;
    const isMain = one.matches(".button, .cell, .row label, .text, summary");
    const least = isMain ? main : other;
    if (box.height < least - 0.5 || box.width < other - 0.5)
      found.push(`${one.tagName.toLowerCase()}.${one.className} "${one.textContent.trim().slice(0, 20)}"`
        + ` is ${Math.round(box.width)}×${Math.round(box.height)}`);
  }
  return found;
}"""


@cache
def _axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def lay_open(page: Page) -> None:
    """Open everything that is folded, so that it is looked at too."""
    page.evaluate(_LAY_OPEN)


def too_wide(page: Page) -> list[str]:
    """What does not fit the width of the window, is cut off, or lies above the rest."""
    found: list[str] = page.evaluate(_TOO_WIDE)
    return found


def too_small(page: Page) -> list[str]:
    """Targets that a shaking finger would miss."""
    is_for_staff = (page.get_attribute("body", "id") or "").startswith("admin-")
    main = STAFF_TARGET if is_for_staff else MAIN_TARGET
    found: list[str] = page.evaluate(_TOO_SMALL, [main, OTHER_TARGET])
    return found


def axe_findings(page: Page) -> list[str]:
    """What axe holds against the page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    page.evaluate(_PLAIN_GROUND)
    told: dict[str, Any] = page.evaluate("options => axe.run(document, options)", OPTIONS)
    page.evaluate(_GROUND_AS_IT_IS)
    unmeasured = [rule for rule in told["incomplete"] if rule["id"] in MUST_BE_MEASURED]
    return [
        f"{rule['id']}: {node['html'][:160]} {_why(node)}"
        for rule in told["violations"] + unmeasured
        for node in rule["nodes"]
    ]


def _why(node: dict[str, Any]) -> str:
    checks = node["any"] or node["all"] or node["none"]
    return str(checks[0].get("message", "")) if checks else ""
