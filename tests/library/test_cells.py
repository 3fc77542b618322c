import pytest

from library.cells import answering, answers, find, plain, unasked

TEXT = """| Name | Type | Required | Default | Description |
| timeout | integer | no | 300 | Seconds until a request is given up. |
| retry.count | integer | no | 3 | How often a request is sent again. |
| mode | string | yes | | How requests are sent. |"""
ABOUT = "Client › Settings of the client"


@pytest.mark.parametrize(
    "question",
    ["What is the default value of timeout?", "timeout 的默认值是多少？", "Is `retry.count` required?", "retry.count 是什么意思？",
     "What does mode of the client do?", "Which type is timeout in the settings?"],
)  # fmt: skip
def test_a_question_for_a_cell_is_answered_by_it(question: str) -> None:
    assert answers(question, TEXT, about=ABOUT)


@pytest.mark.parametrize(
    "question",
    [
        "What is the default value of mode?",  # the cell is empty
        "What is the default value of retry?",  # no such row
        "What is the default of timeout in the database driver?",  # of something else
        "Why is timeout so long?",  # no column
        "What is the default?",  # no row
    ],
)
def test_no_other_question_is(question: str) -> None:
    assert not answers(question, TEXT, about=ABOUT)


def test_a_row_of_figures_answers_how_many() -> None:
    text = "Team | Payroll | Wins\nBraves | 83.3 | 94\nPadres | 55.2 | 76\nReds | 82.2 | 97"
    assert answers("How many wins did the Padres have?", text, about="Baseball 2012")
    assert not answers("How many wins did the Padres have in the playoffs of Tokyo?", text, about="Baseball 2012")


def test_rows_are_told_from_the_others_of_their_table() -> None:
    def said(spans: list[tuple[int, int]]) -> list[str]:
        return [TEXT[a:b].split(" | ")[0].strip("| ") for a, b in spans]

    assert said(unasked("How long is timeout?", TEXT)) == ["retry.count", "mode"]
    assert unasked("How long does it take?", TEXT) == []
    assert said(answering("What is the default of retry.count?", TEXT, about=ABOUT)) == ["retry.count"]
    assert not answering("What does retry.count do?", TEXT, about=ABOUT)  # prose may tell it better


def test_a_name_is_found_as_a_word_of_its_own() -> None:
    assert find("retry", plain("`retry` 的次数")) == (0, 5)
    assert find("retry", "retry.count") is None and find("3", "300") is None and find("3", "3.5") is None
    assert find("默认", "的默认值") == (1, 3)


NETS = "网络 | MTU | 原理\n拨号连接(PPP) | 576 | 标准的\n以太网连接 (DHCP 或固定) | 1500 | 默认标准值\n隧道 (IPv4) | 1480 | 头\n隧道 (IPv6) | 1460 | 头"


def test_a_row_goes_by_its_name_without_brackets_where_one_row_alone_does() -> None:
    assert [NETS[a:b] for a, b in answering("以太网连接的 MTU 是多少？", NETS)] == [
        "以太网连接 (DHCP 或固定) | 1500 | 默认标准值"
    ]
    assert not answers("隧道的 MTU 是多少？", NETS)
    assert [NETS[a:b] for a, b in answering("隧道 (IPv6) 的 MTU 是多少？", NETS)] == ["隧道 (IPv6) | 1460 | 头"]


def test_what_the_rows_are_called_is_about_the_table() -> None:
    text = "软件包 | 流行度 | 大小\nknockd | V:0 | 109\nfail2ban | V:111 | 2127\niftop | V:6 | 93"
    assert answers("knockd 软件包的大小是多少？", text) and not answers("knockd 用户的大小是多少？", text)
