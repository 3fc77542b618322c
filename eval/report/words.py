"""What a report says in Chinese and English: labels, one line of meaning for each figure, and the prose around them."""

from __future__ import annotations

from collections.abc import Sequence

from eval.audit.records import AuditReport
from library.text import language

Words = dict[str, str]

# figure → (label, meaning)
FIGURES: dict[str, dict[str, tuple[str, str]]] = {
    "en": {
        "supported": ("Supported", "Claims that the sources were found to support when they were written."),
        "citation_recall": ("Citation recall", "Claims that the passages they cite support, taken together."),
        "citation_precision": ("Citation precision", "Citations that are needed: the claim is supported, and not without this one, or already by this one alone."),
        "verbatim": ("Verbatim", "Claims whose words stand in a passage that they cite."),
        "uncited": ("Uncited", "Claims without any citation."),
        "contradicted": ("Contradicted", "Claims that a source says otherwise."),
        "contradicted_figures": ("Figures that differ", "Of the claims with a figure or date, those where a source gives another."),
        "over_cited": ("Over-cited", "Of the supported claims with several citations, those where one could go."),
        "invalid_markers": ("Invalid markers", "Citation numbers a model wrote that were never handed out; they are not shown."),
        "resolved": ("Resolve today", "Citations whose version is still the live one."),
        "stale": ("Stale", "Citations of a version that a newer one has replaced; the old one is kept."),
        "still_stands": ("Stale, words still stand", "Of the stale citations, those whose words the newer version still has."),
        "lost": ("Lost", "Citations whose words can no longer be read at their place."),
        "refused": ("Refused", "Questions that were not answered because nothing in the library answers them."),
        "reported_wrong": ("Reported wrong", "Citations that a reader said are wrong."),
        "thumbs_up": ("Thumbs up", "Of the sentences that readers rated, those they found good."),
        "documents_cited": ("Documents in use", "Of the documents in the library, those cited at least once."),
        "recall_by_answer": ("Recall, mean of answers", "Citation recall of each answer, averaged as ALCE does."),
        "precision_by_answer": ("Precision, mean of answers", "Citation precision of each answer, averaged as ALCE does."),
        "citations_per_claim": ("Passages per claim", "How many passages a claim cites."),
    },
    "zh": {
        "supported": ("有据", "生成时判定为有来源支持的论断。"),
        "citation_recall": ("引用召回率", "所引段落合在一起能支持的论断所占比例。"),
        "citation_precision": ("引用精确率", "有必要的引用所占比例：论断得到支持，且并非单独不支持、去掉后又无损。"),
        "verbatim": ("逐字引用", "原话就在所引段落之中的论断。"),
        "uncited": ("未引用", "没有任何引用的论断。"),
        "contradicted": ("与来源矛盾", "来源说法与之相反的论断。"),
        "contradicted_figures": ("数字不符", "含数字或日期的论断中，来源给出另一数值的。"),
        "over_cited": ("引用过多", "有多个引用且得到支持的论断中，可以去掉其中一个的。"),
        "invalid_markers": ("无效标记", "模型写出、但从未分配过的引用编号；不会显示给读者。"),
        "resolved": ("今天仍可定位", "所引版本仍是当前版本的引用。"),
        "stale": ("已过期", "所引版本已被新版本取代的引用；旧版本仍保留可读。"),
        "still_stands": ("过期但原话仍在", "过期引用中，新版本里仍有这句原话的。"),
        "lost": ("已丢失", "原位置上再也读不到原话的引用。"),
        "refused": ("拒答", "因资料库中没有答案而未回答的问题。"),
        "reported_wrong": ("读者指出有误", "被读者指出有误的引用。"),
        "thumbs_up": ("读者点赞", "读者评价过的句子中，认为好的。"),
        "documents_cited": ("使用中的文档", "资料库的文档中，至少被引用过一次的。"),
        "recall_by_answer": ("召回率（按回答平均）", "先算每个回答的引用召回率，再取平均（ALCE 的算法）。"),
        "precision_by_answer": ("精确率（按回答平均）", "先算每个回答的引用精确率，再取平均（ALCE 的算法）。"),
        "citations_per_claim": ("每个论断引用的段落数", "一个论断引用几个段落。"),
    },
}  # fmt: skip

GROUPS = {
    "support": ("supported", "citation_recall", "citation_precision", "verbatim", "recall_by_answer", "precision_by_answer"),
    "trouble": ("contradicted", "contradicted_figures", "uncited", "over_cited", "citations_per_claim", "invalid_markers"),
    "freshness": ("resolved", "stale", "still_stands", "lost"),
    "use": ("refused", "reported_wrong", "thumbs_up", "documents_cited"),
}  # fmt: skip

WORDS: dict[str, Words] = {
    "en": {
        "title": "Citation audit", "made": "made", "since": "answers since {0}", "period": "answers of {0} to {1}", "commit": "program {0}",
        "glance": "At a glance", "answers": "answers", "claims": "claims", "citations": "citations", "documents": "documents",
        "sentences": "sentences", "refusals": "refusals", "invalid": "invalid markers", "disagreements": "sources disagree", "reported wrong": "reported wrong",
        "thumbs up": "thumbs up", "thumbs down": "thumbs down",
        "statuses": "What the sources say of the claims", "standings": "Where the citations stand today", "days": "Claims by day",
        "supported": "supported", "partial": "partly supported", "unsupported": "unsupported", "contradicted": "contradicted", "no claim": "no claim",
        "resolves": "resolves", "moved": "newer version, words still there", "changed": "newer version, other words",
        "document removed": "document removed", "lost": "lost",
        "support": "Support", "trouble": "What is wrong", "freshness": "Documents since then", "use": "Use and readers",
        "attention": "Needs attention", "nothing": "Nothing was found that needs attention.", "more": "and {0} more; see the table of sentences (CSV)", "more_documents": "and {0} more documents; see the JSON",
        "figure": "the answer says {0}, the source {1}", "reported": "a reader said that citation [{0}] is wrong", "down": "a reader gave a thumb down", "up": "a reader gave a thumb up",
        "rates": "Rates", "of": "{0} of {1}", "interval": "95 %: {0} to {1}", "no_n": "nothing to measure", "n": "n {0}",
        "per_document": "Documents", "document": "document", "cited": "cited", "retrieved": "retrieved in", "never": "Never cited", "none": "none",
        "recall": "recall", "precision": "precision", "stale": "stale", "reported_wrong": "reported wrong", "gone": "no longer in the library",
        "trust": "How far the verifier itself can be trusted",
        "trust_text": "Its error on sets labelled by people or made with a known truth, from the committed result files. Recall and precision above are no better than this.",
        "not_measured": "not measured: no result file is at hand", "set": "set", "measure": "measure", "value": "value",
        "macro_f1": "macro-F1", "auc": "AUC", "good_rejected": "true quotes refused", "bad_accepted": "false quotes accepted",
        "refused_unanswerable": "unanswerable refused", "kept_answerable": "answerable kept",
        "zh_changed_flagged": "changed details noticed (Chinese)", "zh_untouched_flagged": "untouched flagged (Chinese)",
        "en_changed_flagged": "changed details noticed (English)", "en_untouched_flagged": "untouched flagged (English)",
        "verify": "claims", "quotes": "quotes", "adversarial": "changed details", "refusal": "refusal",
        "each": "Every answer", "nearest": "came nearest", "colon": ": ", "question": "Question", "sentence": "sentence", "status": "status", "decided": "decided by",
        "then": "what stands there now", "old_kept": "cited version kept", "not_needed": "not needed or not enough",
        "method": "How this was made",
        "method_text": "From stored questions, evidence and document versions, without a network. Recall and precision follow ALCE (Gao et al. 2023) with "
        "Suyuan's verifier as the judge; greetings and the like need no citation and are not counted. Shares have Wilson intervals, means bootstrap "
        "intervals. Sentences of one answer are counted as if independent, so true intervals are somewhat wider. The judge also placed the citations: "
        "label a sample by hand (suyuan audit --sample) before relying on a score.",
        "vectors_on": "words and sentence vectors", "vectors_off": "words only", "judge": "judge", "entailment": "with an entailment model", "anew": "statuses judged anew",
        "summary": "{claims} claims in {answers} answers: what they cite supports {recall}, and {precision} of the citations are needed. "
        "{contradicted} are contradicted by a source. {resolved} of the citations still stand where they were made.",
    },
    "zh": {
        "title": "引用审计报告", "made": "生成于", "since": "{0} 起的回答", "period": "{0} 至 {1} 的回答", "commit": "程序 {0}",
        "glance": "概览", "answers": "个回答", "claims": "条论断", "citations": "处引用", "documents": "个文档", "sentences": "个句子", "refusals": "次拒答",
        "invalid": "个无效标记", "disagreements": "来源说法不一", "reported wrong": "处引用被指有误", "thumbs up": "次点赞", "thumbs down": "次点踩",
        "statuses": "来源怎样说这些论断", "standings": "这些引用今天的状态", "days": "每天的论断",
        "supported": "有据", "partial": "部分有据", "unsupported": "无据", "contradicted": "矛盾", "no claim": "非论断",
        "resolves": "仍可定位", "moved": "有新版本，原话仍在", "changed": "有新版本，文字已改", "document removed": "文档已删除", "lost": "已丢失",
        "support": "依据", "trouble": "问题", "freshness": "文档的变化", "use": "使用与读者",
        "attention": "需要查看", "nothing": "没有发现需要查看的问题。", "more": "另有 {0} 条，见句子表（CSV）", "more_documents": "另有 {0} 个文档，见 JSON",
        "figure": "回答作“{0}”，来源作“{1}”", "reported": "读者指出引用 [{0}] 有误", "down": "读者点了踩", "up": "读者点了赞",
        "rates": "各项比率", "of": "{0}/{1}", "interval": "95%：{0} 至 {1}", "no_n": "无可计算", "n": "n {0}",
        "per_document": "文档", "document": "文档", "cited": "被引用", "retrieved": "被检索", "never": "从未被引用", "none": "无",
        "recall": "召回率", "precision": "精确率", "stale": "过期", "reported_wrong": "被指有误", "gone": "已不在资料库",
        "trust": "核对程序本身有多可信",
        "trust_text": "它在人工标注或已知真值的数据集上的误差，取自随程序提交的结果文件。上面的召回率与精确率不会比这更可靠。",
        "not_measured": "未测量：找不到结果文件", "set": "数据集", "measure": "指标", "value": "数值",
        "macro_f1": "宏平均 F1", "auc": "AUC", "good_rejected": "真引文被拒", "bad_accepted": "假引文被接受",
        "refused_unanswerable": "无答案而拒答", "kept_answerable": "有答案而作答",
        "zh_changed_flagged": "改动被发现（中文）", "zh_untouched_flagged": "未改动被误报（中文）",
        "en_changed_flagged": "改动被发现（英文）", "en_untouched_flagged": "未改动被误报（英文）",
        "verify": "论断", "quotes": "引文", "adversarial": "细节改动", "refusal": "拒答",
        "each": "全部回答", "nearest": "最接近的内容", "colon": "：", "question": "问题", "sentence": "句子", "status": "状态", "decided": "判定依据",
        "then": "现在的文字", "old_kept": "所引旧版本仍保留", "not_needed": "不必要或不足以支持",
        "method": "方法",
        "method_text": "依据已保存的问题、证据与文档版本离线计算。召回率与精确率按 ALCE（Gao 等，2023）的定义，以溯源自己的核对程序代替其蕴含模型；"
        "问候等非论断句不需引用，不计入。比例用 Wilson 区间，平均值用自助法区间。同一回答的句子按相互独立计算，真实区间会略宽。"
        "放置引用与审计用的是同一个核对程序：依赖某个分数之前，请先人工标注一份样本（suyuan audit --sample）。",
        "vectors_on": "词语与句向量", "vectors_off": "仅词语", "judge": "核对", "entailment": "外加蕴含模型", "anew": "状态已重新判定",
        "summary": "{answers} 个回答中有 {claims} 条论断：所引内容能支持其中 {recall}，引用中有 {precision} 是必要的；"
        "与来源矛盾的占 {contradicted}；{resolved} 的引用仍在原处。",
    },
}  # fmt: skip


def choose(wanted: str, report: AuditReport) -> str:
    """`zh` or `en`: as wanted, and with `auto` the language of most questions."""
    if wanted in WORDS:
        return wanted
    return spoken([answer.answer.question for answer in report.answers])


def spoken(texts: Sequence[str]) -> str:
    """`zh` where most of the texts are Chinese, else `en`."""
    return "zh" if 2 * sum(language(text) == "zh" for text in texts) > len(texts) else "en"


def label(name: str, lang: str) -> str:
    """A figure's name for readers."""
    return FIGURES[lang][name][0]
