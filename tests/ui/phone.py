"""A phone on a slow line: what opening the board costs there, by Chromium's own counts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True,
    "timezone_id": "America/Sao_Paulo", "locale": "pt-BR",
}  # fmt: skip
LINE = {
    "offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000,
}  # fmt: skip
"""1.6 Mbps with 150 ms to the server and back, in bytes a second."""

SLOWER = 4
"""Times that a phone's processor is slower than the machine's."""


class Opened(NamedTuple):
    """What it took until the first card: seconds, requests, and bytes over the line."""

    seconds: float
    requests: int
    sent: int


async def opened(context: BrowserContext, url: str, *, slow: bool) -> tuple[Page, Opened]:
    """Open a page on a phone, and wait for the first card and for what was asked for until then."""
    page = await context.new_page()
    chromium = await context.new_cdp_session(page)
    await chromium.send("Network.enable")
    if slow:
        await chromium.send("Network.emulateNetworkConditions", LINE)
        await chromium.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    sizes: list[int] = []
    chromium.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    began = time.perf_counter()
    await page.goto(url, wait_until="commit")
    await page.locator(".card").first.wait_for(timeout=60_000)
    seconds = time.perf_counter() - began
    await page.wait_for_load_state("networkidle")
    return page, Opened(seconds, len(sizes), round(sum(sizes)))
