from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import Browser

from tests.browser.chromium import started
from tests.browser.site import Site, site_of
from tests.support.world import World


@pytest.fixture(scope="session")
async def chromium() -> AsyncGenerator[Browser]:
    async with started() as browser:
        yield browser


@pytest.fixture
async def site(world: World, chromium: Browser) -> AsyncGenerator[Site]:
    async with site_of(world, chromium) as served:
        yield served
        for context in chromium.contexts:
            await context.close()
