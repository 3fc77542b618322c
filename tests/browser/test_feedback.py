"""What a reader says of a sentence and of a citation in the chat is kept, and the audit shows it and can be taken along."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import ROOT, shot

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_a_thumb_and_a_wrong_citation_reach_the_audit(page: Page, page_url: str) -> None:
    from playwright.sync_api import expect

    page.goto(f"{page_url}/library")
    page.locator("input[type=file]").set_input_files(ROOT / "examples" / "policy.zh.pdf")
    expect(page.get_by_text("policy.zh.pdf").first).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="导入").click()
    expect(page.get_by_text("选择一个文档")).to_be_visible(timeout=90_000)

    page.goto(page_url)
    page.get_by_test_id("stChatInputTextArea").fill("合同类资料保管多久？")
    page.get_by_test_id("stChatInputTextArea").press("Enter")
    sentence = page.locator(".answer .said").first
    expect(sentence).to_contain_text("十年", timeout=60_000)
    sentence.hover()
    sentence.get_by_role("button", name="这句话不好").click()
    expect(sentence.locator(".down")).to_have_attribute("aria-pressed", "true", timeout=30_000)
    sentence.get_by_role("button", name="这句话好").click()
    expect(sentence.locator(".up")).to_have_attribute("aria-pressed", "true", timeout=30_000)
    expect(sentence.locator(".down")).to_have_attribute("aria-pressed", "false")

    sentence.locator(".cite").click()
    page.get_by_role("button", name="此引用有误").click(timeout=30_000)
    expect(page.get_by_text("已记为有误，审计中可见。")).to_be_visible(timeout=30_000)

    page.goto(f"{page_url}/audit")
    expect(page.get_by_text("读者指出引用 [1] 有误").first).to_be_visible(timeout=60_000)
    expect(page.locator(".rate svg").first).to_be_visible()
    page.wait_for_timeout(800)
    shot(page, "audit")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载 JSON").click()
    report = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert (report["rates"]["thumbs_up"]["hits"], report["rates"]["thumbs_up"]["n"]) == (1, 1)
    assert report["rates"]["reported_wrong"]["hits"] == 1
    with page.expect_download() as download:
        page.get_by_role("button", name="下载 HTML").click()
    assert "引用审计报告" in Path(download.value.path()).read_text("utf-8")
