import re
import zipfile
from pathlib import Path

import pytest

from ingest.chunk import split
from ingest.encoding import decode
from ingest.markdown import markdown
from ingest.parse import parse
from ingest.sandbox import Sandbox
from ingest.structure import heading_level, plain
from library.errors import InputError, SuyuanError
from library.records import Kind, Parsed
from library.tables import told
from library.text import normalise

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROBES = {
    "mla.zh.md": "每个 token 共缓存 15552 个元素", "moe.en.md": "activates 37 billion of them", "rag.zh.txt": "先从资料库中检索",
    "deployment.zh.docx": "量化到 4 位后约需 9 GB", "training.en.pptx": "14.8 trillion tokens", "models.zh.xlsx": "DeepSeek-V3 | 671 | 37",
    "glossary.csv": "共享专家 | shared expert", "evaluation.en.html": "the first k hits", "question.zh.eml": "2026 年 4 月 1 日开始",
    "history.en.epub": "BM25, published in the 1990s", "citation.zh.odt": "数字、日期、单位和否定词须逐一比对",
    "policy.zh.pdf": "保管期限为十年", "minutes.zh.scan.pdf": "门禁卡共发放六张", "notice.en.photo.png": "borrowed for 21 days",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(PROBES))
def test_every_example_is_read_with_right_offsets(name: str) -> None:
    parsed = parse(EXAMPLES / name)
    assert normalise(PROBES[name]) in normalise(parsed.text)
    for element in parsed.elements:
        assert parsed.text[element.start : element.end].strip()
    assert [e.start for e in parsed.elements] == sorted(e.start for e in parsed.elements)


def test_structure_comes_from_the_format() -> None:
    def outline(name: str) -> list[tuple[int, str]]:
        parsed = parse(EXAMPLES / name)
        return [(e.level, parsed.text[e.start : e.end]) for e in parsed.elements if e.kind is Kind.HEADING]

    assert (2, "二、缓存有多大") in outline("mla.zh.md")
    assert (2, "硬件要求") in outline("deployment.zh.docx")
    assert (1, "第二章 主要步骤") in outline("rag.zh.txt") and (2, "2.1 切分") in outline("rag.zh.txt")
    assert "第三章 保管期限" in [text for _, text in outline("policy.zh.pdf")]
    assert (2, "Citation metrics") in outline("evaluation.en.html")


def test_a_pdf_keeps_pages_and_boxes() -> None:
    parsed = parse(EXAMPLES / "policy.zh.pdf")
    last = next(e for e in parsed.elements if "五十条引文" in parsed.text[e.start : e.end])
    assert parsed.pages == 2 and last.page == 2
    assert last.boxes and all(
        box.page == 2 and 0 <= box.x0 < box.x1 <= 612 and 0 <= box.y0 < box.y1 <= 842 for box in last.boxes
    )
    chunks = split(parsed.text, parsed.elements, version="v", count=len, target=200, limit=400)
    assert chunks[0].pages and chunks[0].pages[0] == 1 and chunks[-1].pages and chunks[-1].pages[1] == 2


@pytest.mark.parametrize(
    "line", ["第三章 保管期限", "一、总则", "（二）范围", "1.2 切分", "Chapter 3 Results", "第五节 附则"]
)
def test_numbered_lines_are_headings(line: str) -> None:
    assert heading_level(line) > 0


@pytest.mark.parametrize(
    "line",
    [
        "第一条 每季度末由仓储部会同财务部进行盘点，差异须说明。",
        "2026 年 4 月 1 日",
        "3.5 亿元",
        "这是一个段落，没有编号。",
        "1. 打开电源。",
    ],
)
def test_paragraphs_are_not(line: str) -> None:
    assert heading_level(line) == 0


def test_markdown_loses_its_marks_and_keeps_its_code() -> None:
    text, elements = markdown(
        "# **标题**\n\n见[文档](http://x/y(z)) 与 `a*b*c`\n\n```py\nx = a*b*c # no heading\n```\n| a | b |\n|---|---|\n| 1 | 2 |"
    )
    assert text.startswith("标题\n\n见文档 与")
    kinds = [e.kind for e in elements]
    assert kinds.count(Kind.HEADING) == 1 and Kind.CODE in kinds and Kind.TABLE in kinds
    assert "x = a*b*c # no heading" in text and "---" not in text
    assert [e.kind for e in plain("一、总则\n正文在这里。")] == [Kind.HEADING, Kind.PARAGRAPH]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gb18030", "big5"])
def test_encodings_are_told(encoding: str) -> None:
    text = "倉庫盤點制度：易燃品與腐蝕品分庫存放，溫度不得高於二十八攝氏度。" * 3 + " plain words"
    assert decode(text.encode(encoding))[0] == text


def test_html_that_declares_gb2312_and_holds_gbk_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes("<html><meta charset=gb2312><p>朱镕基与喆字都在这里。</p><p>后文还在。</p>".encode("gbk"))
    assert "朱镕基与喆字都在这里。" in parse(path).text and "后文还在" in parse(path).text


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [("empty.txt", b"", "empty"), ("zero.docx", b"", "empty"), ("cut.pdf", b"%PDF-1.7\n1 0 obj", "damaged"),
     ("fake.png", b"\0\1\2\3" * 20, "no .png"), ("a.zip", b"PK\x05\x06" + b"\0" * 18, "archive"), ("x.exe", b"\0MZ" * 9, "no format")],
)  # fmt: skip
def test_bad_files_are_one_sentence(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=why):
        parse(path)


def test_a_zip_bomb_in_docx_clothing_is_refused(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" + b" " * 120_000_000)
    with pytest.raises(InputError, match="unpack to"):
        parse(path)


def test_the_sandbox_gives_text_reasons_and_never_hangs(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("一句话。")
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 nothing")
    with Sandbox(workers=1, timeout_s=30, memory_mb=1500) as sandbox:
        good, bad, gone = (sandbox.submit(tmp_path / name) for name in ("good.txt", "bad.pdf", "gone.txt"))
        assert isinstance(good.result(60), Parsed)
        for future in (bad, gone):
            with pytest.raises(SuyuanError) as caught:
                future.result(60)
            assert caught.value.why and caught.value.cure
    with Sandbox(workers=1, timeout_s=0.001, memory_mb=1500) as sandbox, pytest.raises(InputError):
        slow = tmp_path / "slow.pdf"
        slow.symlink_to(EXAMPLES / "minutes.zh.scan.pdf")
        [sandbox.submit(slow) for _ in range(1)][0].result(120)
        sandbox.submit(slow).result(120)


def test_utf8_with_one_damaged_place_is_still_utf8(tmp_path: Path) -> None:
    from ingest.encoding import decode

    whole = "第一条 每季度末由仓储部会同财务部进行全面盘点，差异率超过千分之三的须说明原因。".encode() * 4
    for broken in (whole[:-2], whole[:-1] + b"\n", whole[:20] + b"\xff" + whole[21:]):
        text, name = decode(broken)
        assert name == "utf-8" and "每季度末" in text
    chinese = whole.decode()
    assert decode(chinese.encode("gb18030"))[0] == chinese
    assert decode(b"Yes we\x92re", "iso-8859-1")[0] == "Yes we’re"


def test_what_html_says_beyond_the_plain_part_of_a_mail_is_read_once(tmp_path: Path) -> None:
    mail = tmp_path / "a.eml"
    mail.write_bytes(
        b'Subject: s\nContent-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain\n\nHello there.\n\n'
        b"--b\nContent-Type: text/html\n\n<p>Hello  there.</p><p>Only in HTML.</p>\n--b--\n"
    )
    text = parse(mail).text
    assert text.count("Hello") == 1 and "Only in HTML." in text


def test_base64_that_foreign_characters_interrupt_is_read_piece_by_piece(tmp_path: Path) -> None:
    from base64 import b64encode

    mail = tmp_path / "b.eml"
    body = b64encode(b"the first half of it") + "Привет".encode() + b64encode(b" and the second half")
    mail.write_bytes(
        b"Subject: s\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + body + b"\n"
    )
    assert "the first half of it and the second half" in parse(mail).text


def test_markdown_shows_what_a_reader_sees() -> None:
    comment = "<!--\n# Licensed to nobody\nignore the above\n-->"
    text, elements = markdown(f"---\ntitle: 路由\ndescription: 如何转发\nid: 7\n---\n\n{comment}\n\n### 用法\n\n见 `<!-- more -->`。\n\n```html\n<!-- kept -->\n```\n未闭合 <!-- 也留着")  # fmt: skip
    assert "Licensed" not in text and "ignore" not in text
    assert "id: 7" in text and text.count("路由") == 1
    assert "`<!-- more -->`" in text and "<!-- kept -->" in text and "未闭合 <!-- 也留着" in text
    headings = [(e.level, text[e.start : e.end]) for e in elements if e.kind is Kind.HEADING]
    assert headings == [(1, "路由"), (3, "用法")]
    assert text.index("如何转发") < text.index("用法")
    own, elements = markdown("---\ntitle: Page\n---\n# Its own heading\n")
    assert [own[e.start : e.end] for e in elements if e.kind is Kind.HEADING] == ["Its own heading"]
    assert "title: Page" in own
    rules = "---\nBetween two rules stands what must not be lost.\n---\nAnd behind them.\n"
    assert re.findall(r"\w.*", markdown(rules)[0]) == re.findall(r"\w.*", rules)


def test_a_long_run_of_marks_is_read_to_its_end() -> None:
    for part in ("<!--", "```\n", "`", "---\n", "<!-- `", "--> <!--"):
        text, _ = markdown(part * 50_000)
        assert len(text) <= len(part) * 50_000


def test_a_head_that_a_page_tells_is_known_and_a_form_has_none(tmp_path: Path) -> None:
    head = "<tr><th>Name</th><th>Type</th><th>Meaning</th></tr>"
    rows = "<tr><td>mode</td><td>a|b</td><td>how it runs</td></tr><tr><td>user</td><td>text</td></tr>"
    form = "<tr><th>Name</th><td>Li</td><td>x</td></tr><tr><th>Post</th><td>clerk</td><td>y</td></tr>"
    path = tmp_path / "a.html"
    path.write_text(f"<table>{head}{rows}</table><p>Then.</p><table>{form}</table>")
    parsed = parse(path)
    headed, formed = (parsed.text[e.start : e.end] for e in parsed.elements if e.kind is Kind.TABLE)
    assert headed.split("\n")[1:] == ["| mode | a\\|b | how it runs |", "| user | text |  |"]
    assert [reads for _, reads in told(headed)][1:] == ["mode: Type a\\|b, Meaning how it runs.", "user: Type text."]
    assert formed == "Name | Li | x\nPost | clerk | y"


def test_the_rows_of_an_open_document_are_one_table(tmp_path: Path) -> None:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    rows = "".join(
        f"<t:table-row>{''.join(f'<t:table-cell><x:p>{cell}</x:p></t:table-cell>' for cell in row)}</t:table-row>"
        for row in (("品名", "数量", "状态"), ("水泵", "300", "完成"), ("叉车", "20", "取消"))
    )
    content = f'<d xmlns:t="{space}:table:1.0" xmlns:x="{space}:text:1.0"><t:table t:name="库存">{rows}</t:table><x:p>完</x:p></d>'
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    parsed = parse(tmp_path / "a.ods")
    assert [(e.kind, parsed.text[e.start : e.end]) for e in parsed.elements] == [
        (Kind.HEADING, "库存"), (Kind.TABLE, "品名 | 数量 | 状态\n水泵 | 300 | 完成\n叉车 | 20 | 取消"), (Kind.PARAGRAPH, "完"),
    ]  # fmt: skip
