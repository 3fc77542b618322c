"""Scans and photographs to text by RapidOCR: PP-OCR models inside the wheel, Chinese and English, no network."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import Any

from ingest.structure import Writer, heading_level
from library.errors import InputError
from library.records import Box, Kind, Parsed

DPI = 110  # at 200 dpi the detector silently dropped a whole line of a clean page
_LONG_SIDE = 2000  # larger photographs are scaled down to this many pixels


@lru_cache(maxsize=1)
def _engine() -> Any:
    import logging

    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR(params={"Global.log_level": "error"})


def lines(image: Any, *, page: int, scale: float) -> list[tuple[str, Box]]:
    """Text lines of an image in reading order, boxes in points: pixels times `scale`."""
    import numpy as np

    found = _engine()(np.asarray(image.convert("RGB"))[:, :, ::-1])
    if found is None or found.txts is None or found.boxes is None:
        return []
    rows = []
    for text, corners in zip(found.txts, found.boxes, strict=True):
        xs, ys = [float(p[0]) * scale for p in corners], [float(p[1]) * scale for p in corners]
        rows.append((text, Box(page, min(xs), min(ys), max(xs), max(ys))))
    return _reading_order(rows)


def _reading_order(rows: list[tuple[str, Box]]) -> list[tuple[str, Box]]:
    """Top to bottom, and left to right where two lie on one line."""
    rows.sort(key=lambda row: (row[1].y0 + row[1].y1) / 2)
    ordered: list[tuple[str, Box]] = []
    line: list[tuple[str, Box]] = []
    for row in rows:
        if line and (row[1].y0 + row[1].y1) / 2 > line[0][1].y1:
            ordered += sorted(line, key=lambda r: r[1].x0)
            line = []
        line.append(row)
    return ordered + sorted(line, key=lambda r: r[1].x0)


def write(writer: Writer, rows: list[tuple[str, Box]], page: int) -> None:
    """Lines into paragraphs: a line that begins where the one before ended is its continuation."""
    group: list[tuple[str, Box]] = []
    for text, box in rows:
        level = heading_level(text)
        if group and (level or _new_paragraph(group[-1], box)):
            _flush(writer, group, page)
            group = []
        if level:
            writer.add(Kind.HEADING, text, level=level, page=page, boxes=(box,))
        else:
            group.append((text, box))
    _flush(writer, group, page)


def _new_paragraph(last: tuple[str, Box], box: Box) -> bool:
    height = last[1].y1 - last[1].y0
    apart = box.y0 - last[1].y1 > 0.9 * height
    ended = last[0].rstrip()[-1:] in "。！？.!?：:"
    return apart or box.x0 > last[1].x0 + 1.5 * height or (ended and box.x0 >= last[1].x0 + 0.8 * height)


def _flush(writer: Writer, group: list[tuple[str, Box]], page: int) -> None:
    text = ""
    for line, _ in group:
        glue = " " if text and text[-1].isascii() and line[:1].isascii() else ""
        text += glue + line
    writer.add(Kind.PARAGRAPH, text, page=page, boxes=[box for _, box in group])


def read_image(path: Path, data: bytes, suffix: str, ocr: bool, ocr_pages: int) -> Parsed:
    """A photograph or scan, every frame of a multi-page TIFF."""
    from PIL import Image, ImageOps, ImageSequence

    if not ocr:
        raise InputError(f"{path.name} was not read", "it is an image and OCR is off", "Set SUYUAN_INGEST__OCR=true.")
    if suffix == ".heic":
        from pi_heif import register_heif_opener

        register_heif_opener()
    Image.MAX_IMAGE_PIXELS = 120_000_000
    try:
        image = Image.open(io.BytesIO(data))
        writer, page = Writer(), 0
        for frame in ImageSequence.Iterator(image):
            page += 1
            if page > max(1, ocr_pages):
                break
            whole = ImageOps.exif_transpose(frame).convert("RGB")
            shrink = max(1.0, max(whole.size) / _LONG_SIDE)
            if shrink > 1:
                whole = whole.resize((int(whole.width / shrink), int(whole.height / shrink)))
            write(writer, lines(whole, page=page, scale=shrink), page)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"{path.name} was not read", f"the image is damaged ({error})", "Save it anew.") from error
    if not writer.text:
        raise InputError(
            f"{path.name} was not read", "no text was seen in the image", "Leave it out, or scan it sharper."
        )
    return Parsed(writer.text, tuple(writer.elements), "", "", "rapidocr", page)
