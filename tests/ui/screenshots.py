"""``make screenshots``: the pictures of the documentation, taken from the running admin."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.async_api import async_playwright, expect

from local.postgres import throwaway
from tests.ui.browser import drawn, launch
from tests.ui.replayed import replay_past
from tests.ui.stack import ROOT, Stack, running

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

IMAGES = ROOT / "docs" / "images"
COLORS = 128
WIDE = {"width": 1280, "height": 800}
TALL = {"width": 1280, "height": 1880}
PHONE = {"width": 390, "height": 844}
FRAMES = 36
FRAME_MS = 140
MOVING = ("Bruna Teles Leal", "Caio Vargas Couto", "Dora Lemos Prado", "Enzo Macedo Sales")
ANSWERS = {"cidade": "Dourados", "uf": "MS", "orcamento_faixa": "0-5k", "prazo_compra": "90d"}
KINDS = ("hook_complete", "whatsapp_reply")
STORY = ("page_view", "page_view", "hook_complete", "asked_price", "whatsapp_reply")
SHOTS = (
    ("overview", "", WIDE), ("today", "today", WIDE), ("kanban", "kanban", WIDE),
    ("leads", "leads", WIDE),
    ("partners", "partners", WIDE), ("setup", "setup", WIDE),
    ("phone-overview", "", PHONE), ("phone-kanban", "kanban", PHONE),
)  # fmt: skip


def main() -> None:
    """Seed a database of its own, run everything on it, and take the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with throwaway(fast=True) as dsn, tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "DATABASE_URL": dsn}
        for step in (
            ("stream", "--install"), ("demo.seed", "--leads", "900"), ("offline.train",),
            ("offline.train",),
        ):  # fmt: skip
            command = [sys.executable, "-m", *step]
            subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
        asyncio.run(replay_past(dsn))
        with running(dsn, Path(folder)) as stack:
            asyncio.run(_take(stack))


async def _take(stack: Stack) -> None:
    expect.set_options(timeout=30_000)  # leads by the hundred take longer than a test's
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        await _one_lead(browser, stack)
        await _pitch(browser, stack)
        await _moving(browser, stack)
        await _model(browser, stack)
        for name, path, size in SHOTS:
            page = await _page(browser, size)
            await page.goto(f"{stack.ui_url}/{path}")
            await _settled(page)
            await _keep(page, name)
            await page.context.close()
        await browser.close()


async def _page(browser: Browser, size: dict[str, int]) -> Page:
    context = await browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        timezone_id="America/Sao_Paulo",
        locale="pt-BR",
        has_touch=size is PHONE,
        is_mobile=size is PHONE,
        device_scale_factor=1.5 if size is PHONE else 1.0,
    )
    return await context.new_page()


async def _settled(page: Page) -> None:
    """Wait until the page is drawn whole, its charts too."""
    await drawn(page)
    await page.wait_for_timeout(1_500)  # charts fade in, and say nowhere that they are done


async def _keep(page: Page, name: str) -> None:
    picture = Image.open(io.BytesIO(await page.screenshot()))
    small = picture.convert("RGB").quantize(
        COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    small.save(IMAGES / f"{name}.png", optimize=True)


async def _one_lead(browser: Browser, stack: Stack) -> None:
    """The page of a lead that has a story, wide and on a phone, and the board's drawer."""
    lead = stack.lead(
        "Helena Prado Neves", uf="MG", cidade="Uberaba", orcamento_faixa="20k-60k",
        whatsapp="+55 00 900000001", email="helena@example.com",
    )  # fmt: skip
    board = await _page(browser, WIDE)
    await board.goto(f"{stack.ui_url}/kanban")
    for kind in STORY:
        stack.fire(lead["id"], kind)
        await board.wait_for_timeout(700)
    note = "Prefere falar à tarde. Quer visitar o haras no sábado."
    stack.http.post(f"/crm/leads/{lead['id']}/notes", json={"note": note})
    for name, size in (("lead", TALL), ("phone-lead", PHONE)):
        page = await _page(browser, size)
        await page.goto(f"{stack.ui_url}/lead?id={lead['id']}")
        await _settled(page)
        await _keep(page, name)
        await page.context.close()
    card = board.locator(f'.card[data-id="{lead["id"]}"]')
    await card.locator(".name").click()
    await expect(board.get_by_role("dialog")).to_be_visible()
    await _settled(board)
    await _keep(board, "drawer")
    await board.context.close()


async def _pitch(browser: Browser, stack: Stack) -> None:
    page = await _page(browser, {"width": 1280, "height": 920})
    await page.goto(f"{stack.ui_url}/create")
    await page.get_by_role("button", name="Começar", exact=True).click()
    await expect(page.locator(".card[data-id]")).to_have_count(3)
    for number in (1, 2, 2):
        place = page.locator(f".st-key-pitch_{number}")
        await place.get_by_role("button", name="Completou o questionário").click()
        await page.wait_for_timeout(800)
    await expect(page.locator(".g-told p")).to_have_count(0)
    await _keep(page, "create")
    await page.get_by_role("tab", name="Cadastrar lead").click()
    await page.get_by_role("button", name="Pronto para comprar").click()
    await _settled(page)
    await _keep(page, "create-form")
    await page.context.close()


async def _model(browser: Browser, stack: Stack) -> None:
    """The model's page, with what the audit found."""
    page = await _page(browser, TALL)
    await page.goto(f"{stack.ui_url}/model")
    await _settled(page)
    await page.get_by_role("button", name="Conferir agora").click()
    await expect(page.get_by_text("leads olhados")).to_be_visible(timeout=60_000)
    await _settled(page)
    await _keep(page, "model")
    await page.context.close()


async def _moving(browser: Browser, stack: Stack) -> None:
    """The board while events come in."""
    leads = [stack.lead(name, **ANSWERS) for name in MOVING]
    page = await _page(browser, {"width": 1280, "height": 680})
    await page.goto(f"{stack.ui_url}/kanban")
    await _settled(page)
    await page.get_by_placeholder("Nome, cidade, telefone ou e-mail").fill(ANSWERS["cidade"])
    await page.keyboard.press("Enter")
    await expect(page.locator(".card[data-id]").last).to_contain_text(ANSWERS["cidade"])
    steps = iter([(lead["id"], kind) for kind in KINDS for lead in leads])
    frames: list[Image.Image] = []
    clip = {"x": 285.0, "y": 50.0, "width": 995.0, "height": 630.0}
    for number in range(FRAMES):
        if number % 3 == 1 and (step := next(steps, None)):
            stack.fire(*step)
        shot = await page.screenshot(clip=clip)  # type: ignore[arg-type]
        frames.append(Image.open(io.BytesIO(shot)).convert("RGB").resize((796, 504)))
    seen = Image.new("RGB", (796, 3 * 504))
    for place, number in enumerate((0, FRAMES // 2, FRAMES - 1)):
        seen.paste(frames[number], (0, place * 504))
    palette = seen.quantize(COLORS)
    small = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    small[0].save(
        IMAGES / "board.gif", save_all=True, append_images=small[1:], loop=0, optimize=True,
        duration=[FRAME_MS] * (FRAMES - 1) + [2_000],
    )  # fmt: skip
    await page.context.close()


if __name__ == "__main__":
    main()
