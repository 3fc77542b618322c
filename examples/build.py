"""Builds the examples that are no plain text; run it from anywhere: `python examples/build.py`.

Needs python-docx, python-pptx, openpyxl, pypandoc, pillow, Debian's chromium and fonts-noto-cjk.
"""

import random
import subprocess
import tempfile
from pathlib import Path

import pypandoc
from docx import Document
from openpyxl import Workbook
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from pptx import Presentation

HERE = Path(__file__).resolve().parent
FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"


def docx() -> None:
    document = Document()
    document.add_heading("本地部署指南", 1)
    document.add_heading("硬件要求", 2)
    document.add_paragraph("没有显卡的笔记本也可以运行检索和引文回答，两个核心和 8 GB 内存就够用。")
    document.add_paragraph("运行 DeepSeek-V2-Lite 的 16 位权重约需 32 GB 内存，量化到 4 位后约需 9 GB。")
    document.add_heading("安装步骤", 2)
    for step in ("克隆仓库。", "运行 make demo。", "在浏览器中打开 8501 端口的页面。"):
        document.add_paragraph(step, style="List Number")
    document.add_heading("数据安全", 2)
    document.add_paragraph("页面默认只监听本机地址。对外开放时必须设置密码。")
    table = document.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ("组件", "默认端口", "用途"), strict=True):
        cell.text = text
    for row in (("聊天页面", "8501", "提问与查看来源"), ("Qdrant", "6333", "向量索引服务")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.save(HERE / "deployment.zh.docx")


def pptx() -> None:
    slides = Presentation()
    for title, lines in (
        (
            "Training DeepSeek-V3",
            [
                "Pre-trained on 14.8 trillion tokens",
                "FP8 mixed precision training",
                "Multi-token prediction as an extra objective",
            ],
        ),
        (
            "Context length",
            [
                "DeepSeek-V2 and V3 extend their context to 128K tokens with YaRN",
                "Evidence, history and answer share one window",
            ],
        ),
        (
            "Reasoning models",
            [
                "DeepSeek-R1 is trained with large-scale reinforcement learning",
                "Distilled versions are based on Qwen and Llama",
            ],
        ),
    ):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(lines)
    slides.save(HERE / "training.en.pptx")


def xlsx() -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "模型规格"
    for row in (("模型", "总参数（十亿）", "激活参数（十亿）", "层数", "上下文"), ("DeepSeek-V2-Lite", 15.7, 2.4, 27, "32K"),
                ("DeepSeek-V2", 236, 21, 60, "128K"), ("DeepSeek-V3", 671, 37, 61, "128K")):  # fmt: skip
        sheet.append(row)
    costs = book.create_sheet("预算")
    for row in (("项目", "数量", "单价（元）"), ("工作站", 2, 18000), ("存储扩容", 1, 6500), ("扫描仪", 1, 3200)):
        costs.append(row)
    book.save(HERE / "models.zh.xlsx")


EPUB = """---
title: A short history of open retrieval
lang: en
---

# Words

The first search engines matched words. BM25, published in the 1990s, weighs a word by how rare it is and how long the passage is, and it is still hard to beat on names and numbers.

# Vectors

Dense retrieval encodes question and passage into vectors, so that a match needs no common word. It finds paraphrases and works across languages, and it blurs figures that differ in one digit.

# Both

Hybrid search runs both and joins their scores. Ranks alone throw away how sure each side was.
"""
ODT = """# 引文规范

## 基本原则

引文必须逐字出自来源，起止位置以字符计，止于所引最后一个字之后。

## 核对方法

先核对引文是否存在，再核对是否在所标位置，最后判断它是否支持该句。数字、日期、单位和否定词须逐一比对。

## 例外

以省略号略去的部分不得改变原意；方括号内为编者所加。
"""
PDF = """<meta charset="utf-8"><title>资料管理办法</title><style>body{font:12pt "Noto Sans CJK SC";line-height:1.8;margin:2cm}h1{font-size:22pt}h2{font-size:16pt}</style>
<h1>资料管理办法</h1><h2>第一章 总则</h2><p>为规范资料的收集、整理和使用，保证回答可以溯源，制定本办法。本办法适用于纳入知识库的全部文件。</p>
<h2>第二章 入库</h2><p>资料入库前应当检查来源和版本。扫描件的分辨率不得低于 200 dpi，页面应当完整、端正。</p>
<p>同一文件更新后，旧版本停止检索，但已被引用的文字予以保留，以便核对。</p>
<h2>第三章 保管期限</h2><p>合同类资料的保管期限为十年，自合同终止之日起计算。会议记录的保管期限为五年。</p>
<div style="break-before:page"></div><h2>第四章 责任</h2><p>资料组负责入库和更新，审计组每季度抽查不少于五十条引文。发现引文与原文不符的，应当在三个工作日内更正。</p>"""


def pandoc() -> None:
    pypandoc.convert_text(EPUB, "epub", format="md", outputfile=str(HERE / "history.en.epub"))
    pypandoc.convert_text(ODT, "odt", format="md", outputfile=str(HERE / "citation.zh.odt"))


def pdf() -> None:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(PDF, "utf-8")
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder}/profile",
             f"--print-to-pdf={HERE / 'policy.zh.pdf'}", page.as_uri()], check=True, capture_output=True,
        )  # fmt: skip


def page_image(lines: list[str], size: tuple[int, int], scale: int) -> Image.Image:
    image = Image.new("L", size, 250)
    draw = ImageDraw.Draw(image)
    y = 90
    for number, line in enumerate(lines):
        font = ImageFont.truetype(FONT, scale + (12 if number == 0 else 0))
        draw.text((90, y), line, font=font, fill=20)
        y += int((scale + (16 if number == 0 else 0)) * 1.9)
    return image


def worn(image: Image.Image, angle: float) -> Image.Image:
    rng = random.Random(7)
    turned = image.rotate(angle, expand=False, fillcolor=250, resample=Image.Resampling.BICUBIC)
    pixels = turned.load()
    for _ in range(image.width * image.height // 60):
        x, y = rng.randrange(image.width), rng.randrange(image.height)
        pixels[x, y] = max(0, pixels[x, y] - rng.randrange(60))
    return turned.filter(ImageFilter.GaussianBlur(0.6))


def scans() -> None:
    first = page_image(["会议纪要", "时间：2026 年 2 月 12 日下午两点", "地点：三楼会议室", "会议决定，知识库的服务器放在档案室，",
                        "由资料组和审计组共同管理。", "门禁卡共发放六张，遗失须当日报告。"], (1000, 900), 34)  # fmt: skip
    second = page_image(
        ["附件：巡检记录", "机房温度不得高于二十六摄氏度。", "备用电源每月测试一次，记录保存两年。"], (1000, 700), 34
    )
    worn(first, 0.6).save(
        HERE / "minutes.zh.scan.pdf", "PDF", resolution=110, save_all=True, append_images=[worn(second, -0.5)]
    )
    photo = page_image(["Reading room rules", "Opening hours: 9:00 to 17:30, Monday to Friday.", "Books may be borrowed for 21 days.",
                        "No food is allowed near the scanners."], (1100, 600), 36)  # fmt: skip
    worn(photo, 1.2).save(HERE / "notice.en.photo.png", optimize=True)


if __name__ == "__main__":
    for build in (docx, pptx, xlsx, pandoc, pdf, scans):
        build()
