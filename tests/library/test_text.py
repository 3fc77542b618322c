from hypothesis import given
from hypothesis import strategies as st

from library.text import fold_radicals, language, normalise, sentences

TEXT = st.text(alphabet=st.sampled_from("你好世界。！？；…”』）ab. \n\r\t3.5é𠮷Ａ"), max_size=80)


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def test_chinese_stops_end_a_sentence_and_keep_their_quotes() -> None:
    assert cut("他说：“好！”然后走了。下一句……完") == ["他说：“好！”", "然后走了。", "下一句……", "完"]


def test_decimals_abbreviations_and_list_numbers_do_not() -> None:
    assert cut("See Fig. 3 for v2.1, e.g. Dr. Li's 3.5 kg. Next one.") == [
        "See Fig. 3 for v2.1, e.g. Dr. Li's 3.5 kg.",
        "Next one.",
    ]
    assert cut("1. Load the model. Run it.") == ["1. Load the model.", "Run it."]
    assert cut("MEDICATIONS 1. Aspirin - daily 2. Vitamin D - daily 3. Iron. Page 1 of 3") == [
        "MEDICATIONS 1. Aspirin - daily 2. Vitamin D - daily 3. Iron.", "Page 1 of 3",
    ]  # fmt: skip
    assert cut("He came in 1. The second was late. It was 3. Then more.") == [
        "He came in 1.", "The second was late.", "It was 3.", "Then more.",
    ]  # fmt: skip


@given(TEXT)
def test_sentences_are_ordered_and_leave_only_blanks(text: str) -> None:
    spans = list(sentences(text))
    ends, starts = [0, *(end for _, end in spans)], [*(start for start, _ in spans), len(text)]
    assert all(end <= start for end, start in zip(ends, starts, strict=True))
    assert not "".join(text[end:start] for end, start in zip(ends, starts, strict=True)).strip()
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)


@given(TEXT, st.integers(0, 40), st.integers(0, 40))
def test_a_part_gives_offsets_into_the_whole(text: str, a: int, b: int) -> None:
    start, end = min(a, len(text)), min(max(a, b), len(text))
    inside = [(s + start, e + start) for s, e in sentences(text[start:end])]
    assert [text[s:e] for s, e in sentences(text, start=start, end=end)] == [text[s:e] for s, e in inside]


def test_languages() -> None:
    assert language("DeepSeek-V2 的显存") == "zh"
    assert language("The MLA cache") == "en"
    assert language("日本語のテキストです") == "ja"
    assert language("3.5 %") == ""


def test_comparison_form_folds_width_script_case_and_blanks() -> None:
    assert normalise("資料庫 Ｑｄｒａｎｔ\u200b 3．5％") == normalise("资料库 qdrant 3.5%")
    assert fold_radicals("⽂档⻔") == "文档门"
