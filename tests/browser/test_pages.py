"""A real browser on the real page: upload a PDF, ask, click a marker, see the quote and the page image."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (make browser)"),
]


@pytest.fixture(scope="module")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "SUYUAN_HOME": str(home)}
    log = (home / "serve.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "serve", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=log,
    )
    for _ in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
            break
        except OSError:
            time.sleep(0.5)
    else:
        server.kill()
        pytest.fail((home / "serve.log").read_text())
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(20)


def shot(page: object, name: str) -> None:
    """Save a screenshot for the README where SUYUAN_SCREENSHOTS is set."""
    if os.environ.get("SUYUAN_SCREENSHOTS"):
        page.screenshot(path=ROOT / "docs" / "images" / f"{name}.png")  # type: ignore[attr-defined]


def test_upload_ask_click_and_see_the_source(page_url: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(locale="zh-CN", viewport={"width": 1360, "height": 860})
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
        page.wait_for_timeout(800)
        shot(page, "chat")

        page.get_by_test_id("stChatInputTextArea").fill("谁赢得了2022年世界杯？")
        page.get_by_test_id("stChatInputTextArea").press("Enter")
        expect(page.get_by_text("资料库中没有找到能回答这个问题的内容").first).to_be_visible(timeout=60_000)
        page.goto(f"{page_url}/audit")
        expect(page.get_by_text("引用仍可定位").first).to_be_visible(timeout=60_000)
        page.wait_for_timeout(800)
        shot(page, "audit")
        browser.close()
