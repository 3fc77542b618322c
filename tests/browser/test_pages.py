"""A real browser on the real page: upload a PDF, ask, click a marker, see the quote and the page image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import ROOT, shot

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_upload_ask_click_and_see_the_source(page: Page, page_url: str) -> None:
    from playwright.sync_api import expect

    page.goto(f"{page_url}/library")
    page.locator("input[type=file]").set_input_files(
        [ROOT / "examples" / "policy.zh.pdf", ROOT / "examples" / "mla.zh.md"]
    )
    expect(page.get_by_text("policy.zh.pdf").first).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="导入").click()
    expect(page.get_by_text("选择一个文档")).to_be_visible(timeout=90_000)
    page.wait_for_timeout(1000)
    shot(page, "library")

    page.goto(page_url)
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill("合同类资料保管多久？")
    box.press("Enter")
    marker = page.locator(".answer button").first
    expect(marker).to_be_visible(timeout=60_000)
    expect(page.locator(".answer").first).to_contain_text("十年")
    marker.click()
    expect(page.locator("mark").first).to_contain_text("十年", timeout=30_000)
    expect(page.locator("[data-testid=stImage] img").first).to_be_visible(timeout=30_000)
    page.locator(".answer").first.scroll_into_view_if_needed()
    page.wait_for_timeout(800)
    shot(page, "chat")

    page.get_by_test_id("stChatInputTextArea").fill("谁赢得了2022年世界杯？")
    page.get_by_test_id("stChatInputTextArea").press("Enter")
    expect(page.get_by_text("资料库中没有找到能回答这个问题的内容").first).to_be_visible(timeout=60_000)
    expect(page.locator("mark").nth(2)).to_be_visible(timeout=30_000)  # the sentences that come nearest
    page.goto(f"{page_url}/audit")
    expect(page.get_by_text("今天仍可定位").first).to_be_visible(timeout=60_000)
