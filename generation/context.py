"""What stands just before and after a located quote, and in what it left out: can the cut have turned the meaning? pure.

Word lists of Chinese and English; it never looks at the question or the answer.
"""

from __future__ import annotations

import re

from library.text import HAN

_CLAUSE = re.compile(r"[。！？；;!?，,：:\n()（）—]|\.(?=[\s”\"’')\]\[]|$)")
_SENTENCE = re.compile(r"[。！？；!?\n]|(?<!\b[A-Z])\.(?=[\s”\"’')\]\[]|$)")
_NUMERAL = "0-9０-９零〇一二三四五六七八九十百千万亿两萬億兩"

_EN_NOT = re.compile(
    r"\b(?:not(?! only\b)|never|neither|nor|without|hardly|scarcely|barely|rarely|seldom|cannot|unlikely|"
    r"no(?! doubt\b| less\b|\.)|none|few|fail(?:s|ed|ing)? to|refus\w+ to|unable to|den(?:y|ies|ied|ying)|"
    r"prevent\w*|prohibit\w*|forbid\w*|ban(?:s|ned)? |false(?:ly)?|wrong(?:ly)?|untrue|myth|"
    r"unless|whether|rather than|instead of|lack(?:s|ed)?)\b|n[’']t\b",
    re.IGNORECASE,
)
_EN_PLAIN_NOT = re.compile(
    r"\b(?:not(?! only\b)|never|neither|nor|cannot|no|fail(?:s|ed) to|refused? to|denie[sd]|unable to|unless)\b|n[’']t\b",
    re.IGNORECASE,
)
_EN_EDGE = re.compile(
    r"(?:\b(?:may|might|could|would|should|if|almost|nearly|only|some|most|few|little|many|allegedly|supposedly|reportedly|"
    r"possibly|probably|perhaps|potentially|about|around|approximately|roughly|(?:less|more|fewer|greater|higher|lower|other) than|"
    r"at least|at most|up to|under|over|below|above|non|anti|half|used to|not all|partly|partially|largely)\W{0,2})$",
    re.IGNORECASE,
)
_EN_MEASURE = re.compile(
    r"\b(?:about|around|under|over|below|above|up to)\W*$", re.IGNORECASE
)  # limits of a figure only
_ZH_NOT = re.compile(
    r"并非|不是|没有|沒有|否认|否認|未能|不能|不会|不會|不得|不可|不必|不应|不應|不再|不予|从未|從未|尚未|未曾|绝不|決不|决不|禁止|拒绝|拒絕|"
    r"反对|反對|如果|假如|倘若|是否|能否|可否|除非|谎称|謊稱|误以为|誤以為|谣传|謠傳|网传|網傳|误认为|所谓|所謂|并不|並不|並非|毫不|毫无|毫無|避免|防止|不愿|不願|不想|不要|無法|无法|难以|難以"
)
_ZH_EDGE = re.compile(
    r"(?:(?<![区區分特级級个個告辨差])[别別]|不|没|沒|未|非|无|無|勿|莫|否|可能|或许|或許|也许|也許|几乎|幾乎|近|约|約|大约|大約|超过|超過|不到|不足|至少|至多|最多|低于|高于|"
    r"部分|少数|少數|多数|多數|一些|据称|據稱|疑似|涉嫌|预计|預計|有望|或将|或將|拟|擬|计划|計劃|打算|试图|試圖|企图|企圖|若|负|負|仅|僅|只有)$"
)
_ZH_LATE_NOT = re.compile(r"(?:[不没沒未勿莫](?![仅僅但断斷同少久过過管来來])|[无無](?![论論])).{0,4}$")
_NOT_NEGATION = re.compile(
    r"(?:无论|無論|不仅|不僅|不但|不断|不斷|不同|不少|不久|不过|不過|不管|不论|不論|非常|未来|未來|非洲|是非)$"
)
_AFTER = re.compile(
    r"^[\s”\"’」』）)》]*(?:"
    r"(?:这|這|此|该|該)?(?:一|种|種|个|個|类|類)?的?(?:说法|說法|消息|传言|傳言|观点|觀點|谣言|謠言|报道|報道|言论|言論)(?:是|并|並|纯属|純屬|系)?(?:不实|不實|错|錯|不正确|不正確|谣言|謠言|假|没有根据|沒有根據|不|未)"
    r"|(?:是|属|屬|纯属|純屬|系)(?:谣言|謠言|不实|不實|假|误传|誤傳|错误|錯誤|不可能|不正确)"
    r"|左右|上下|以上|以下|以内|以內|前后|前後|之多|并非|並非|并不|並不|不属实|不屬實|不成立|未遂|未果|失败|失敗|的可能性|(?:的)?除外|是假的|吗|嗎|与否|與否|的假象"
    r"|(?:is|was|are|were|has been|have been|had been|proved|turned out)\s+(?:to be\s+)?(?:not|never|false|untrue|wrong|incorrect|denied|a myth|a hoax|refuted|"
    r"debunked|unlikely|impossible|disproved|rejected)\b"
    r"|unless\b|only if\b|except\b|but not\b|or (?:so|more|less|fewer)\b|or not\b|only when\b|at all\b"
    r")",
    re.IGNORECASE,
)
_ZH_OPEN_NOT = re.compile("(?:[^是能可与與]|^)[不没沒未]$")  # at the end: what is denied comes after
_CLOSED = re.compile(r"[\s”\"’'」』）)\]]*[。！？.!?]")
_NEXT = re.compile(
    r"^[\s”\"’'」』）)\]。.!！]*(?:(?:但|但是|然而|不过|其实|實際上|实际上)?[，,]?(?:这|這|此|该|該|以上|上述)(?:一|种|種|个|個|类|類|些)?(?:说法|說法|消息|传言|傳言|观点|觀點|结论|結論|报道|內容|内容)?"
    r"(?:是|为|為|属|屬|纯属|純屬|系|并|並)?(?:一个|个)?(?:不实|不實|谣言|謠言|错误|錯誤|错的|錯的|假的|不正确|不正確|误解|誤解|不属实|谬误)"
    r"|(?:but |however,? |in fact,? )?(?:this|that|it|which|the (?:claim|statement|rumou?r))(?: claim| statement| belief| rumou?r| view)?,?(?: however,?)? (?:is|was|has been|turned out to be|proved(?: to be)?) "
    r"(?:false|untrue|not true|not the case|wrong|incorrect|a myth|a hoax|a misconception|debunked|denied|refuted|disproved))",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"^\s*(?:[%‰％]|percent\b|per cent\b|(?:thousand|million|billion|trillion|hundred|dozen)\b|[-–—~～至到]\s*\d|to \d)",
    re.I,
)
_GOES_BEFORE = re.compile(
    r"\d(?:[.,:/~～–-]\n?)?\Z|−\Z|(?<![\w)\]])[-–]\Z|[<>≤≥~≈$€£¥±]\s?\Z|(?:\A|[\s(<>=$€£¥±+−-])\.\Z"
)
_DENIES = re.compile(
    r"(?:un|in|im|il|ir|dis|non|mis|anti|counter|a|de|under|over|ex|pre|post|sub|hypo|hyper)[-‑]?|\w+[-‑]",
    re.IGNORECASE,
)
_LONG = 40  # characters from which a word that is cut at the edge does no harm
_ZH_NUMBER_GOES_ON = re.compile(f"^[{_NUMERAL}%％‰点點]")


def turned(source: str, start: int, end: int) -> str:
    """Why the cut [start, end) may say something else than the source, or an empty string."""
    return _word_cut(source, start, end) or _before(source, start) or _after(source, start, end)


def left_out(source: str, start: int, end: int) -> str:
    """Why what an ellipsis left out may matter: a negation that governs what stands before or after it."""
    gap = source[start:end]
    if not gap.strip():
        return ""
    tail = _CLAUSE.split(gap)[-1]
    if re.search("[a-z]", tail):
        tail = " ".join(tail.split()[-4:])
    head = " ".join(_CLAUSE.split(gap)[0].split()[:2]) if re.search("[a-z]", gap) else _CLAUSE.split(gap)[0][:2]
    if (
        _EN_PLAIN_NOT.search(tail)
        or _EN_PLAIN_NOT.search(head)
        or _negated(tail)
        or _ZH_LATE_NOT.search(tail)
        or re.search(r"^[\s]*(?:不|没|未|并非|否)", head)
    ):
        return "a negation was left out"
    if _EN_EDGE.search(tail.rstrip()) and (source[end : end + 1].isdigit() or not _EN_MEASURE.search(tail.rstrip())):
        return "a limiting word was left out"
    return ""


def crosses(source: str, start: int, end: int) -> bool:
    """Whether the gap joins the head of one sentence to the tail of another."""
    gap = source[start:end]
    if not _SENTENCE.search(gap):
        return False
    ended = start > 0 and bool(
        _SENTENCE.match(source[start - 1 : start + 1]) or re.match(r"\s*(?:[。！？；!?]|\.(?![\w.]))", gap)
    )
    begins = bool(re.search(r"[。！？；!?\n.][”\"’」』）)]*\s*$", gap))
    return not (ended or begins)


def _word_cut(source: str, start: int, end: int) -> str:
    """A cut inside a word matters where the quote is short or the part cut off denies; inside a number it always does."""
    first, last = source[start], source[end - 1]
    long = end - start >= _LONG
    head = re.search(r"[^\W\d_]+(?:[-‑]\n?)?\Z|\Z", source[max(0, start - 20) : start])
    tail = re.match(r"[^\W\d_]*", source[end : end + 20])
    assert head and tail
    if _latin(first) and _latin(head[0][:1] or " ") and (not long or _DENIES.fullmatch(head[0])):
        return "a word is cut"
    if _latin(last) and _latin(tail[0][:1] or " ") and (not long or tail[0].lower() in ("less", "free", "not")):
        return "a word is cut"
    return _number_cut(source, start, end)


def _number_cut(source: str, start: int, end: int) -> str:
    first, last = source[start], source[end - 1]
    before, after = source[start - 1 : start], source[end : end + 1]
    century = re.search(r"(?<!\d)(?:19|20)$", source[max(0, start - 3) : start]) and re.match(
        r"\d\d(?:[-./]\d|年)", source[start:end]
    )
    begins = re.match(r"\.?\d", source[start:end])
    if begins and not century and _GOES_BEFORE.search(source[max(0, start - 3) : start]):
        return "a number is cut"
    rest = source[end : end + 14]
    if last.isdigit() and (re.match(r"[.,:/]?\d", rest) or _SCALE.match(rest) or _ZH_NUMBER_GOES_ON.match(rest)):
        return "a number is cut"
    if _zh_numeral(last) and after and _zh_numeral(after):
        return "a number is cut"
    return "a number is cut" if before and _zh_numeral(first) and _zh_numeral(before) else ""


def _before(source: str, start: int) -> str:
    window = source[max(0, start - 80) : start]
    clause = _CLAUSE.split(window)[-1].rstrip("“\"‘'「『 *_")
    if not clause:
        return ""
    if _EN_NOT.search(clause) or _negated(clause):
        return "a negation or condition stands before it"
    measure = _EN_MEASURE.search(clause) and not source[start].isdigit()
    if (_EN_EDGE.search(clause) and not measure) or (_ZH_EDGE.search(clause) and not _NOT_NEGATION.search(clause)):
        return "a limiting word stands before it"
    return ""


def _negated(clause: str) -> bool:
    """A Chinese negation in the clause, or at its very end."""
    return bool(_ZH_NOT.search(clause))


def _after(source: str, start: int, end: int) -> str:
    rest = source[end : end + 80]
    if _ZH_OPEN_NOT.search(source[max(start, end - 2) : end]) and re.match(f"[{HAN}]", rest):
        return "what it denies is cut off"
    if _AFTER.match(rest):
        return "what follows takes it back"
    closed = _CLOSED.match(source[end - 1 :]) or _CLOSED.match(rest)
    return "the next sentence takes it back" if closed and _NEXT.match(rest) else ""


def _latin(char: str) -> bool:
    return char.isalpha() and ord(char) < 0x250


def _zh_numeral(char: str) -> bool:
    return char in "一二三四五六七八九十百千万亿萬億"
