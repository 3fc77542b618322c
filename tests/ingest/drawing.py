"""PDFs that the tests draw themselves: text at places and rules, as PDF writers leave them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ingest.parse import parse
from library.records import Parsed

Text = tuple[float, float, str]  # x and y from the bottom left
Rule = tuple[float, float, float, float]  # from point to point


def content(texts: Iterable[Text], rules: Iterable[Rule] = (), extra: str = "", *, code: Sequence[Text] = ()) -> str:
    """What a page is drawn with, from the top; `code` in Courier, character by character and without its blanks."""
    lines = "".join(f"{a} {b} m {c} {d} l S\n" for a, b, c, d in rules)
    drawn = [(y, _shown("F1", x, y, text)) for x, y, text in texts]
    for x, y, text in code:
        chars = [_shown("F2", x + 6 * at, y, char) for at, char in enumerate(text) if char != " "]
        drawn.append((y, "".join(chars)))
    order = sorted(drawn, key=lambda one: -one[0]) if code else drawn
    return extra + lines + "".join(shown for _, shown in order)


def _shown(font: str, x: float, y: float, text: str) -> str:
    return f"BT /{font} 10 Tf {x} {y} Td ({_escaped(text)}) Tj ET\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def read(path: Path, pages: Sequence[str]) -> Parsed:
    """Pages of 600 by 800 points with these contents, written to `path` and read."""
    first = 5 + len(pages)
    kids = " ".join(f"{first + number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        *(f"<< /Length {len(held)} >>\nstream\n{held}endstream" for held in pages),
        *(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {5 + number} 0 R"
            " /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
            for number in range(len(pages))
        ),
    ]  # fmt: skip
    out, places = "%PDF-1.4\n", []
    for number, held in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{held}\nendobj\n"
    table = "".join(f"{at:010d} 00000 n \n" for at in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out) - len(table) - 18}\n%%EOF\n"
    path.write_bytes(out.encode("latin-1"))
    return parse(path)
