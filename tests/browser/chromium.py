"""Chromium of this machine, a page in it, and what is asked of every page."""

import json
import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}

# WCAG 2.2 AA, and what axe's authors hold to be good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def executable() -> str:
    """Where Chromium is. Without it a test is skipped and says so; where CI=true promises one, it fails."""
    found = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(
            "CI promises Chromium and there is none. Install it, or name it with CHROMIUM=.", pytrace=False
        )
    pytest.skip(
        "Chromium is not installed, so the pages were not looked at in a browser. Name one with CHROMIUM=."
    )


@asynccontextmanager
async def started() -> AsyncGenerator[Browser]:
    path = executable()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def evaluated(page: Page, expression: str) -> Any:
    """What an expression gives in the page. Asked over the debugger, which the page's own policy does not bind."""
    session = await page.context.new_cdp_session(page)
    answer = await session.send(
        "Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True}
    )
    await session.detach()
    if "exceptionDetails" in answer:
        raise AssertionError(answer["exceptionDetails"])
    return answer["result"].get("value")


async def no_violations(page: Page) -> None:
    """Nothing on the page that shuts people out, as far as axe-core sees."""
    # What was pressed may have led to a page of which only the head is here yet.
    await page.wait_for_load_state()
    options = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})
    found = await evaluated(page, f"{AXE.read_text()}; axe.run({options}).then((found) => found.violations)")
    assert not found, "\n".join(
        f"{page.url}: {violation['id']}: {violation['help']}\n    {node['html'][:200]}"
        for violation in found
        for node in violation["nodes"]
    )


async def fits(page: Page) -> None:
    """The page and its bar of places are no wider than the window and no cell of a table off the screen, what is tapped is
    at least 44 px high, and words of lists have room.
    """
    width = await evaluated(page, "document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0, f"{page.url} is {width} px wider than the window"
    places = await evaluated(
        page,
        """[...document.querySelectorAll(".places > ul, .places > ul > li")].filter((one) => {
             const at = one.getBoundingClientRect();
             return at.left < -0.5 || at.right > window.innerWidth + 0.5 || one.scrollWidth > one.clientWidth + 1;
           }).map((one) => one.textContent.trim().slice(0, 60))""",
    )
    assert not places, f"{page.url} has places off the screen or over each other: {places}"
    cells = await evaluated(
        page,
        """[...document.querySelectorAll("main :is(td, th)")].filter((one) => !one.closest(".stacked thead")
           || getComputedStyle(one.closest("thead")).position !== "absolute")
           .filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1)
           .map((one) => one.textContent.trim().slice(0, 60))""",
    )
    assert not cells, f"{page.url} has cells of a table off the screen: {cells}"
    small = await evaluated(
        page,
        """[...document.querySelectorAll("a[role=button], button, input, select, textarea, summary, .list a, .filters a")]
           .filter((one) => !["radio", "checkbox", "hidden"].includes(one.type))
           .map((one) => [one.outerHTML.slice(0, 120), one.getBoundingClientRect().height])
           .filter(([, height]) => height > 0 && height < 44)""",
    )
    assert not small, f"{page.url} has targets under 44 px: {small}"
    narrow = await evaluated(
        page,
        """[...document.querySelectorAll(".list .grow")].filter((one) => one.textContent.trim().length > 12)
           .map((one) => [one.textContent.trim().slice(0, 60), one.getBoundingClientRect().width])
           .filter(([, width]) => width > 0 && width < 110)""",
    )
    assert not narrow, f"{page.url} breaks words of its lists: {narrow}"


async def fonts_of_khmer(page: Page) -> dict[str, set[str]]:
    """Each text in Khmer script on the page, and the fonts in which it is shown; none where it is hidden."""
    session = await page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        await session.send(f"{domain}.enable")
    document = await session.send("DOM.getDocument", {"depth": -1})
    fonts: dict[str, set[str]] = {}
    nodes = [document["root"]]
    while nodes:
        node = nodes.pop()
        children = node.get("children", [])
        nodes += children
        texts = [one["nodeValue"].strip() for one in children if one["nodeName"] == "#text"]
        khmer = " ".join(text for text in texts if any("\u1780" <= letter <= "\u17ff" for letter in text))
        if khmer and node["nodeName"] != "TITLE":
            shown = await session.send("CSS.getPlatformFontsForNode", {"nodeId": node["nodeId"]})
            fonts[khmer] = {one["familyName"] for one in shown["fonts"]}
    await session.detach()
    return fonts
