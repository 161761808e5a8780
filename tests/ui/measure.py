"""``python -m tests.ui.measure``: how live the board is at 5,000 leads, and what it costs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from threading import Thread
from typing import TYPE_CHECKING

import psutil
from playwright.async_api import async_playwright

from local.postgres import throwaway
from tests.ui.browser import launch
from tests.ui.phone import PHONE, Opened, opened
from tests.ui.stack import ROOT, Stack, running
from ui.client import Api

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

LEADS = "5000"
TRIES = 30
TURNS = 4
BROWSERS = 3
EVENTS = 200
PHONES = 5
ARRIVED = """([id, stage]) => new Promise(done => {
    const root = [...document.querySelectorAll('*')].find(one =>
        one.shadowRoot?.querySelector('.board')).shadowRoot;
    const place = `.column[data-stage="${stage}"] .card[data-id="${id}"]`;
    const look = () => root.querySelector(place) ? done(Date.now()) : setTimeout(look, 5);
    look();
})"""


def main() -> None:
    """Measure, and print the figures."""
    with throwaway(fast=True) as dsn, tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "DATABASE_URL": dsn}
        for step in (("stream", "--install"), ("demo.seed", "--leads", LEADS)):
            subprocess.run([sys.executable, "-m", *step], cwd=ROOT, env=env, check=True)
        with running(dsn, Path(folder)) as stack:
            asyncio.run(_measure(stack))


async def _measure(stack: Stack) -> None:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        await _open(browser, stack)  # the first visit loads the server
        paints, alone, watched = [], [], []
        # In turns, for the machine's speed varies more than what is measured.
        for _ in range(TURNS):
            await _close(browser)
            alone += await asyncio.to_thread(_freshness, stack)
            paints += [(await _open(browser, stack))[1] for _ in range(BROWSERS)]
            watched += await asyncio.to_thread(_freshness, stack)
        _say("first paint, s", paints)
        _say("event to live stream, no browser, ms", alone)
        _say(f"event to live stream, {BROWSERS} browsers, ms", watched)
        await _close(browser)
        page, _ = await _open(browser, stack)
        _say("event to card in its column, ms", [await _moved(page, stack) for _ in range(TRIES)])
        await _close(browser)
        await _phone(browser, stack)
        await asyncio.to_thread(_cpu, stack)
        await browser.close()


async def _open(browser: Browser, stack: Stack) -> tuple[Page, float]:
    context = await browser.new_context(viewport={"width": 1380, "height": 900})
    page = await context.new_page()
    began = time.perf_counter()
    await page.goto(f"{stack.ui_url}/kanban", wait_until="commit")
    await page.locator(".card").first.wait_for()
    return page, time.perf_counter() - began


async def _phone(browser: Browser, stack: Stack) -> None:
    """Print what the first visit and the next one cost a phone on a slow line."""
    visits: dict[str, list[Opened]] = {"first": [], "next": []}
    for _ in range(PHONES):
        context = await browser.new_context(**PHONE)
        for taken in visits.values():
            page, costs = await opened(context, f"{stack.ui_url}/kanban", slow=True)
            taken.append(costs)
            await page.close()
        await context.close()
    for visit, taken in visits.items():
        _say(f"phone, {visit} visit, first card, s", [one.seconds for one in taken])
        sys.stdout.write(f"  {taken[-1].requests} requests, {taken[-1].sent / 1e6:.2f} MB\n")


async def _close(browser: Browser) -> None:
    for context in browser.contexts:
        await context.close()


async def _moved(page: Page, stack: Stack) -> float:
    lead = await asyncio.to_thread(stack.lead, f"Medida {time.monotonic_ns()}")
    await page.evaluate(ARRIVED, [lead["id"], "INBOX"])
    arrived = asyncio.create_task(page.evaluate(ARRIVED, [lead["id"], "AQUECENDO"]))
    began = time.time()
    await asyncio.to_thread(stack.fire, lead["id"], "hook_complete")
    return float(await arrived) - 1_000 * began


def _freshness(stack: Stack) -> list[float]:
    """Return milliseconds from an event sent to its score on the live stream, 20 a second."""
    lead = stack.lead(f"Fresca {time.monotonic_ns()}")
    received_at: list[float] = []

    def listen() -> None:
        for message in Api(str(stack.http.base_url)).messages("/stream/leads", None):
            if message.name == "score" and message.data["lead_id"] == lead["id"]:
                received_at.append(time.perf_counter())
                if len(received_at) >= EVENTS:
                    return

    time.sleep(1)
    Thread(target=listen, daemon=True).start()
    time.sleep(0.5)
    delays = []
    for number in range(EVENTS):
        began = time.perf_counter()
        stack.fire(lead["id"], f"kind_{number % 5}")
        while len(received_at) <= number and time.perf_counter() < began + 2:
            time.sleep(0.0005)
        delays.append(1_000 * (received_at[-1] - began))
        time.sleep(0.05)
    return delays


def _cpu(stack: Stack) -> None:
    """Print what one open board costs the admin's server, at rest and while leads move."""
    process = psutil.Process(stack.ui.pid)
    idle = _spent(process, 20, 0, stack)
    busy = _spent(process, 20, 40, stack)
    sys.stdout.write(f"admin CPU at rest, one board: {100 * idle / 20:.1f} % of a core\n")
    sys.stdout.write(f"admin CPU a live update: {1_000 * (busy - idle) / 40:.1f} ms\n")


def _spent(process: psutil.Process, seconds: float, updates: int, stack: Stack) -> float:
    leads = stack.http.get("/crm/board", params={"limit": 40}).json()["items"]
    before = sum(process.cpu_times()[:2])
    until = time.monotonic() + seconds
    for number in range(updates):
        stack.fire(leads[number]["id"], "asked_price")
        time.sleep(seconds / updates)
    time.sleep(max(until - time.monotonic(), 0))
    return sum(process.cpu_times()[:2]) - before


def _say(what: str, values: list[float]) -> None:
    p95 = quantiles(values, n=20)[-1]
    sys.stdout.write(f"{what}: p50 {median(values):.2f}, p95 {p95:.2f}, max {max(values):.2f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
