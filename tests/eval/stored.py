"""Texts and helpers of the small library in `conftest`."""

from library.records import Citation, Document, Evidence, Status, Version
from library.store import Ledger, now

MANUAL = "保修期为三年，自购买之日起计算。\n运费由卖方承担。\n<b>=1+1</b>"
REPORT = "The plant opened in 1975 and employs 340 people.\nIts turbines were built in Norway."


def publish(ledger: Ledger, identity: str, title: str, text: str, version: str) -> None:
    """Make this the live text of a document."""
    document = Document(identity, "c", f"/{identity}", title, "text/plain", "zh", "s", 1, Status.LIVE, version)
    ledger.publish(document, Version(version, identity, version, text, (), "p", now()), [])


def cite(evidence: Evidence, words: str) -> Citation:
    """These words of the evidence, which begins where its version does."""
    start = evidence.text.index(words)
    return Citation(
        evidence.number, evidence.document, evidence.title, evidence.version, start, start + len(words), words
    )
