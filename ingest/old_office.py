"""Old .doc and .ppt files through whatever this machine has: LibreOffice, else antiword and catdoc's catppt."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from ingest.structure import clean, plain
from library.errors import InputError, ModelMissing
from library.records import Parsed


def read(path: Path, data: bytes, suffix: str, ocr: bool, ocr_pages: int) -> Parsed:
    """Read a .doc or .ppt; structure comes from the text's own numbering.

    :raises ModelMissing: none of the programs is installed.
    """
    tool = shutil.which("antiword" if suffix == ".doc" else "catppt")
    office = shutil.which("soffice")
    if not tool and not office:
        raise ModelMissing(
            f"{path.name} was not read", f"old {suffix} files need LibreOffice, or antiword and catdoc",
            "Install libreoffice-core, or antiword and catdoc, or save it in the new format.",
        )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"file{suffix}"  # our own name: what came with the file never reaches a command line
        copy.write_bytes(data)
        text = _run(
            ([tool, "-m", "UTF-8.txt", "-w", "0", str(copy)] if suffix == ".doc" else [tool, "-d", "utf-8", str(copy)])
            if tool
            else []
        )
        if not text.strip() and office:
            text = _convert(office, copy)
    if not text.strip():
        raise InputError(f"{path.name} was not read", "no text was found in it", f"Save it as {suffix}x and try again.")
    text = clean(text)
    return Parsed(text, tuple(plain(text)), "", "", Path(tool or office or "").name)


def _run(command: list[str]) -> str:
    if not command:
        return ""
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _convert(office: str, copy: Path) -> str:
    target = "txt:Text (encoded):UTF8" if copy.suffix == ".doc" else "pdf"
    command = [office, "--headless", "--convert-to", target, "--outdir", str(copy.parent), str(copy)]
    subprocess.run(command, capture_output=True, timeout=90, check=False)
    made = copy.with_suffix(".txt" if copy.suffix == ".doc" else ".pdf")
    if not made.exists():
        return ""
    if made.suffix == ".txt":
        return made.read_text("utf-8", "replace")
    from ingest import pdf

    return pdf.read(made, made.read_bytes(), ".pdf", False, 0).text
