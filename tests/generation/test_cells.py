import pytest

from generation import verify
from generation.cells import check
from library.records import ClaimStatus, Evidence

EN = """| Name | Type | Required | Default | Description |
| timeout | integer | no | 300 | Seconds until a request is given up. |
| retries | integer | no | 3 | How often a request is sent again. |
| mode | 'fast' \\| 'safe' | yes | | How requests are sent. |
| tags | string[] | no | | Names to find a request by. |"""
ZH = """| 名称 | 类型 | 必选项 | 默认值 | 描述 |
| timeout | integer | 否 | 300 | 请求放弃前的秒数。 |
| retries | integer | 否 | 3 | 请求重发的次数。 |
| mode | string | 是 | | 请求的发送方式。 |"""
STOCK = "品名 | 数量 | 2023年产值\n水泵 | 300 | 120\n叉车 | 20 | 80\n服务器 | 12 | 95"


def status(claim: str, text: str, context: str = "") -> tuple[ClaimStatus, str]:
    verdict = verify.judge(claim, [Evidence(1, "d", "", "v", 0, len(text), text, context=context)], cited=[1])
    return verdict.status, verdict.decided


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("The default value of timeout is 300.", EN), ("By default, `retries` is 3.", EN), ("mode is required.", EN),
        ("tags is optional.", EN), ("The type of tags is string[].", EN), ("retries is of type integer.", EN),
        ("timeout 的默认值是 300。", ZH), ("不设置时，retries 取默认值 3。", ZH), ("mode 是必选项，类型为 string。", ZH),
        ("retries 不是必选的。", ZH), ("retries 表示请求重发的次数。", ZH), ("retries means: how often a request is sent again.", EN),
        ("水泵的数量是 300。", STOCK), ("水泵的2023年产值为120。", STOCK),
    ],
)  # fmt: skip
def test_a_cell_told_rightly_is_supported(claim: str, text: str) -> None:
    found, decided = status(claim, text)
    assert found is ClaimStatus.SUPPORTED and decided.startswith("table:"), decided


@pytest.mark.parametrize(
    ("claim", "text", "said", "stands"),
    [
        ("The default value of timeout is 3.", EN, "3", "300"), ("The default value of retries is 300.", EN, "300", "3"),
        ("The default of timeout is 500.", EN, "500", "300"), ("mode is optional.", EN, "optional", "yes"),
        ("retries is required.", EN, "required", "no"), ("The type of timeout is string.", EN, "string", "integer"),
        ("timeout 的默认值是 3。", ZH, "3", "300"), ("mode 的类型是 integer。", ZH, "integer", "string"),
        ("mode 不是必选项。", ZH, "不是必选", "是"), ("timeout 的作用是请求重发的次数。", ZH, "请求重发的次数", "请求放弃前的秒数。"),
        ("timeout: How often a request is sent again.", EN, "how often a request is sent again", "Seconds until a request is given up."),
        ("水泵的数量是 20。", STOCK, "20", "300"),
    ],
)  # fmt: skip
def test_another_cell_in_its_place_is_contradicted_and_both_are_shown(
    claim: str, text: str, said: str, stands: str
) -> None:
    found, decided = status(claim, text)
    assert found is ClaimStatus.CONTRADICTED and said in decided and f"/ “{stands}”" in decided, decided


@pytest.mark.parametrize(
    "claim",
    [
        "timeout is longer than retries by default.",  # two rows are compared
        "水泵的2023年产值增长了20%。",  # a change, not the cell
        "水泵的数量超过 200。",  # a limit
        "The default value of mode was chosen for slow networks.",  # more than a cell
        "Requests are sent again after a while.",  # no row
    ],
)
def test_nothing_is_said_of_what_tells_more_than_a_cell(claim: str) -> None:
    assert not list(check(claim, EN)) and not list(check(claim, STOCK))


def test_nothing_is_said_of_a_column_whose_name_another_bears_too() -> None:
    text = "| 服务 | 端口 | 安全的服务 | 端口 |\n| telnet | 23 | telnets | 992 |\n| imap | 143 | imaps | 993 |"
    assert not list(check("telnet 的安全服务的端口是 992。", text))


def test_a_figure_that_differs_is_told_from_a_word() -> None:
    kinds = [
        next(check(claim, EN)).difference.kind
        for claim in ("The default of timeout is 3.", "The type of timeout is string.")
    ]
    assert kinds == ["number", "cell"]


def test_a_unit_that_the_head_may_give_is_no_contradiction() -> None:
    text = "（单位：百万元）\n| 项目 | 2022年 | 2023年 |\n| 营业收入 | 11,204 | 12,048 |\n| 研发支出 | 3,100 | 3,420 |"
    assert not list(check("2023年营业收入为120.5亿元。", text))
    assert [found.agrees for found in check("2023年营业收入为12,048百万元。", text)] in ([], [True])
    assert [found.agrees for found in check("2023年营业收入为11,204百万元。", text)] == [False]
    assert [found.agrees for found in check("2023年营业收入为131亿元。", text)] == [False]
    assert [found.agrees for found in check("2023年营业收入为11,204。", text)] == [False]  # the other year's
    assert not list(check("2023年营业收入比2022年的11,204增加844。", text))


def test_a_part_of_a_cell_is_no_contradiction() -> None:
    assert not [found for found in check("The type of mode is 'fast'.", EN) if not found.agrees]


def test_a_table_that_is_cut_is_told_by_its_head() -> None:
    head, *rows = EN.split("\n")
    text = "\n".join(rows[1:])
    assert status("The default value of retries is 300.", text, head)[0] is ClaimStatus.CONTRADICTED
    assert status("The default value of retries is 3.", text, head)[0] is ClaimStatus.SUPPORTED


def test_one_table_that_agrees_is_enough() -> None:
    other = EN.replace("| 300 |", "| 60 |")
    evidence = [Evidence(n, "d", "", f"v{n}", 0, len(text), text) for n, text in enumerate((EN, other), 1)]
    verdict = verify.judge("The default value of timeout is 60.", evidence, cited=[1])
    assert verdict.status is ClaimStatus.SUPPORTED and verdict.spans[0].evidence == 2 and not verdict.placed
    assert verify.judge("The default value of timeout is 70.", evidence).status is ClaimStatus.CONTRADICTED


PARTIES = """甲方（采购方）：智远科技有限公司
法定代表人：陈志远
联系地址：北京市海淀区
乙方（供应方）：星河软件有限公司
法定代表人：刘星河
联系地址：上海市浦东新区"""


@pytest.mark.parametrize(
    "claim",
    [
        "乙方的法定代表人是刘星河。",
        "智远科技有限公司的法定代表人为陈志远。",
        "甲方（采购方）是智远科技有限公司。",
        "供应方联系地址：上海市浦东新区。",
    ],
)
def test_a_partys_line_told_rightly_is_supported(claim: str) -> None:
    found, decided = status(claim, PARTIES)
    assert found is ClaimStatus.SUPPORTED, decided


@pytest.mark.parametrize(
    ("claim", "said", "stands"),
    [
        ("乙方的法定代表人是陈志远。", "陈志远", "刘星河"), ("甲方是星河软件有限公司。", "星河软件有限公司", "智远科技有限公司"),
        ("智远科技有限公司的法定代表人是刘星河。", "刘星河", "陈志远"), ("甲方的联系地址是上海市浦东新区。", "上海市浦东新区", "北京市海淀区"),
    ],
)  # fmt: skip
def test_the_other_partys_in_its_place_is_contradicted(claim: str, said: str, stands: str) -> None:
    found, decided = status(claim, PARTIES)
    assert found is ClaimStatus.CONTRADICTED and f"“{said}” / “{stands}”" in decided, decided


@pytest.mark.parametrize(
    "claim",
    [
        "甲方应向星河软件有限公司支付货款。",
        "乙方的法定代表人不是陈志远。",
        "甲方委托陈志远与乙方签约。",
        "法定代表人是陈志远。",
    ],
)
def test_nothing_is_said_of_what_parties_do_to_each_other(claim: str) -> None:
    assert not list(check(claim, PARTIES))


def test_a_possessive_names_its_party() -> None:
    text = "Client: Acme Ltd\nE-mail: ann@acme.example\nContractor: Bo GmbH\nE-mail: tom@bo.example"
    assert status("The Client's e-mail is ann@acme.example.", text)[0] is ClaimStatus.SUPPORTED
    assert status("The Client's e-mail is tom@bo.example.", text)[0] is ClaimStatus.CONTRADICTED


SIDES = ("智远科技有限公司", "星河软件有限公司")
WITH_PLACE = f"合同编号：HT-7\n{PARTIES}\n签订地点：成都市"


def test_what_is_said_of_a_party_counts_before_who_it_is() -> None:
    found, decided = status("乙方（供应方）是星河软件有限公司，法定代表人是陈志远。", WITH_PLACE)
    assert found is ClaimStatus.CONTRADICTED and "“陈志远” / “刘星河”" in decided


@pytest.mark.parametrize(
    "claim", ["甲方是成都市。", "甲方和乙方的法定代表人是陈志远。", "甲方向乙方付款，乙方向甲方交货。"]
)
def test_another_lines_value_and_what_is_said_of_two_at_once_decide_nothing(claim: str) -> None:
    assert not list(check(claim, WITH_PLACE))


def test_each_of_two_parties_in_one_sentence_is_judged_by_its_own_line() -> None:
    right, swapped = ("甲方是{}，乙方是{}。".format(*pair) for pair in (SIDES, SIDES[::-1]))
    verdict = verify.judge(right, [Evidence(1, "d", "", "v", 0, len(PARTIES), PARTIES)])
    assert verdict.status is ClaimStatus.SUPPORTED
    assert all(PARTIES[span.start : span.end].count(name) == 1 for span in verdict.spans for name in SIDES)
    found, decided = status(swapped, PARTIES)
    assert found is ClaimStatus.CONTRADICTED and "“星河软件有限公司” / “智远科技有限公司”" in decided
    found, decided = status("甲方的法定代表人是陈志远，而乙方的法定代表人也是陈志远。", PARTIES)
    assert found is ClaimStatus.CONTRADICTED and "“陈志远” / “刘星河”" in decided
    text = "Client: Acme Ltd\nE-mail: ann@acme.example\nContractor: Bo GmbH\nE-mail: tom@bo.example"
    assert status("The Client is Bo GmbH and the Contractor is Acme Ltd.", text)[0] is ClaimStatus.CONTRADICTED
    assert status("The Client is Acme Ltd and the Contractor is Bo GmbH.", text)[0] is ClaimStatus.SUPPORTED
