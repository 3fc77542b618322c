"""The library page makes deep vectors beside itself and says how far they are."""

from __future__ import annotations

import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from ingest.pipeline import ingest
from library import settings as knobs
from ui import state
from ui.services import Services

PAGE = "from ui.pages import library; library.show()"


def test_what_was_ingested_without_deep_vectors_gets_them_while_the_page_is_open(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# 手册\n\n主机的额定功率为 350 瓦。\n\n# 保修\n\n整机保修三年。\n", "utf-8")
    with Services(knobs.load()) as made:
        ingest(made.ledger, made.search, made.settings, [tmp_path / "a.md"], deep=False)
    state.services.clear()
    try:
        page = AppTest.from_string(PAGE, default_timeout=60).run()
        assert not page.exception and len(page.metric) == 4
        end = time.monotonic() + 30
        while page.metric[3].value != "100%" and time.monotonic() < end:
            time.sleep(0.2)
            page.run()
        assert page.metric[3].value == "100%" and not page.exception
    finally:
        state.services().close()
        state.services.clear()
