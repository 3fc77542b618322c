from hypothesis import given
from hypothesis import strategies as st

from library.cells import answering, answers, unasked
from library.fields import fields, names

CONTRACT = """软件采购合同

第一条 合同主体
甲方（采购方）：智远科技有限公司
统一社会信用代码：91110108MA01ABC23X
法定代表人：陈志远
联系地址：北京市海淀区
乙方（供应方）：星河软件有限公司
统一社会信用代码：未提供
法定代表人：刘星河
联系地址：未提供

第二条 付款
甲方在验收后十日内付款。"""


def owned(text: str) -> list[tuple[str, str]]:
    return [
        (text[slice(*field.owner)].strip(), text[field.start : field.end].strip())
        for field in fields(text)
        if field.owner
    ]


def test_every_line_belongs_to_the_party_above_it() -> None:
    first, second = "甲方（采购方）：智远科技有限公司", "乙方（供应方）：星河软件有限公司"
    assert owned(CONTRACT) == [
        (first, "统一社会信用代码：91110108MA01ABC23X"), (first, "法定代表人：陈志远"), (first, "联系地址：北京市海淀区"),
        (second, "统一社会信用代码：未提供"), (second, "法定代表人：刘星河"), (second, "联系地址：未提供"),
    ]  # fmt: skip


def test_what_stands_before_and_after_the_parties_is_no_ones() -> None:
    text = "Contract No.: 7\nBuyer: Acme Ltd\nAddress: A\nEmail: e\nPhone: 1\nSeller: Bo GmbH\nAddress: B\nPhone: 2\nPlace: Bern"
    assert [label for _, label in owned(text)] == ["Address: A", "Email: e", "Phone: 1", "Address: B", "Phone: 2"]
    assert {owner for owner, _ in owned(text)} == {"Buyer: Acme Ltd", "Seller: Bo GmbH"}


def test_records_that_begin_alike_are_cut_there_also_in_markdown() -> None:
    assert owned("- **姓名：** 王伟\n- **电话：** 1\n\n- **姓名：** 李芳\n- **电话：** 2") == [
        ("- **姓名：** 王伟", "- **电话：** 1"),
        ("- **姓名：** 李芳", "- **电话：** 2"),
    ]


def test_settings_prose_and_one_owner_are_no_such_block() -> None:
    assert not fields("name: a\nimage: b\nname: c\nimage: d")
    assert not fields("姓名：王伟\n电话：1\n职务：会计\n地址：北京")
    assert not fields("甲方：一\n\n双方约定如下。\n\n地址：二\n乙方：三\n地址：四")


def test_a_label_goes_by_what_stands_in_its_brackets() -> None:
    assert names("甲方(采购方)") == ("甲方(采购方)", "甲方", "采购方")
    assert "lessee" in names("tenant/lessee")


def asked(question: str) -> list[str]:
    found = answering(question, CONTRACT, about="软件采购合同")
    assert bool(found) is answers(question, CONTRACT, about="软件采购合同")
    return [CONTRACT[a:b] for a, b in found]


def test_a_question_for_a_party_and_a_label_is_answered_by_that_line() -> None:
    assert asked("乙方的法定代表人是谁？") == ["法定代表人：刘星河"]
    assert asked("智远科技有限公司的法定代表人是谁？") == ["法定代表人：陈志远"]
    assert asked("供应方是哪家公司？") == ["乙方（供应方）：星河软件有限公司"]
    assert asked("甲方是谁？") == ["甲方（采购方）：智远科技有限公司"]


def test_without_a_party_every_ones_line_is_and_without_a_label_none() -> None:
    assert asked("法定代表人是谁？") == ["法定代表人：陈志远", "法定代表人：刘星河"]
    assert asked("甲方什么时候付款？") == [] and asked("合同的编号是什么？") == []
    assert asked("乙方法定代表人的学历和毕业院校有哪些？") == []


def test_the_other_partys_lines_are_not_what_was_asked_for() -> None:
    others = [CONTRACT[a:b] for a, b in unasked("乙方的法人是谁？", CONTRACT)]
    assert others == [line for line in CONTRACT.split("\n")[3:7]]
    assert unasked("甲方和乙方的法人是谁？", CONTRACT) == [] == unasked("法人是谁？", CONTRACT)


@given(
    st.lists(
        st.sampled_from(["甲方：A", "地址：x", "电话：1", "乙方：B", "", "随便一行。", "Name: C", "**注：**"]),
        max_size=14,
    )
)
def test_lines_stay_in_order_and_an_owner_stands_before_what_is_its(lines: list[str]) -> None:
    text = "\n".join(lines)
    found = fields(text)
    assert [field.start for field in found] == sorted({field.start for field in found})
    for field in found:
        assert field.start <= field.label[0] < field.label[1] < field.value[0] <= field.value[1] <= field.end
        assert field.owner is None or field.owner[1] < field.start


ENGLISH = """Client: Acme Ltd
Registered office: 12 High Street, Leeds
E-mail: ann@acme.example
Contractor: Bo GmbH
Registered office: Ring 4, Vienna
E-mail: tom@bo.example"""


def test_english_parties_are_named_in_the_ways_of_english() -> None:
    def found(question: str) -> list[str]:
        return [ENGLISH[a:b] for a, b in answering(question, ENGLISH, about="Service Agreement")]

    assert found("What is the Client's registered office?") == ["Registered office: 12 High Street, Leeds"]
    assert found("What is the e-mail address of Bo GmbH?") == ["E-mail: tom@bo.example"]
    assert found("What are the e-mail addresses?") == ["E-mail: ann@acme.example", "E-mail: tom@bo.example"]
    assert found("What does the Contractor do?") == []
