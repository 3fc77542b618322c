import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.tables import head_of, heads, kind, told
from library.text import sentences

BORDERED = """| Name | Type | Default | Description |
| timeout | integer | 300 | Seconds until it stops. A second try waits longer. |
| mode | string |  | How it runs. |"""
PIECES = st.lists(st.sampled_from(["|", " | ", "\n", "a", "甲。", "名称", "12", ". ", "\\|", " ", "-"]), max_size=40)


def labelled(text: str, header: str = "") -> str:
    return "\n".join(reads for _, reads in told(text, header))


@given(PIECES, st.sampled_from(["", "| a | b |", "名称 | 数量 | 状态"]))
def test_every_sentence_is_told_once_and_where_it_stands(pieces: list[str], header: str) -> None:
    text = "".join(pieces)
    read = told(text, header)
    assert [span for span, _ in read] == list(sentences(text))
    assert all(reads for _, reads in read)


def test_cells_of_a_row_stand_behind_the_names_of_their_columns() -> None:
    reads = [reads for _, reads in told(BORDERED)]
    assert "timeout: Type integer, Default 300, Description Seconds until it stops." in reads
    assert "mode: Type string, Description How it runs." in reads  # an empty cell is left out
    assert reads[0].startswith("| Name")  # the head itself stays as it is


def test_a_later_sentence_of_a_row_keeps_what_the_row_is_of() -> None:
    assert "timeout: Description A second try waits longer." in [reads for _, reads in told(BORDERED)]


def test_a_table_that_is_cut_reads_by_the_head_that_is_given() -> None:
    head, *rows = BORDERED.split("\n")
    assert labelled("\n".join(rows), head) == labelled(BORDERED).removeprefix(head + "\n") != "\n".join(rows)
    assert "Default 300" not in labelled("Some words.\n\n" + "\n".join(rows), head)  # another table's, further down


def test_a_bar_within_a_cell_divides_nothing() -> None:
    text = "| Name | Type |\n| size | number \\| string |"
    assert told(text)[1][1] == "size: Type number \\| string."


@pytest.mark.parametrize("line", ["+------+----+", "| --- | :-: |", "|=====|====|"])
def test_a_line_drawn_below_the_head_and_between_rows_is_no_row(line: str) -> None:
    text = "\n".join([line, "| name | id |", line, "| timeout | 300 |", line, "| retries | 3 |", line])
    assert "timeout: id 300." in labelled(text) and "retries: id 3." in labelled(text)


def test_without_borders_only_a_column_of_figures_shows_a_head() -> None:
    stock = "品名 | 数量 | 状态\n水泵 | 300 | 完成\n叉车 | 20 | 取消\n服务器 | 12 | 完成"
    assert "水泵：数量 300，状态 完成。" in labelled(stock)
    modes = "umask | 目录权限 | 用法\n0022 | -rwxr-xr-x | 用户可写\n0002 | -rwxrwxr-x | 组可写"
    assert "0022：目录权限 -rwxr-xr-x，用法 用户可写。" in labelled(modes)
    numbered = "1 | 总则 | 甲\n2 | 范围 | 乙\n3 | 附则 | 丙"
    assert labelled(numbered) == numbered
    ports = "服务 | 端口 | 安全的服务 | 端口\nsmtp | 25 | smtps | 465\nimap | 143 | imaps | 993\ntelnet | 23 | telnets | 992"
    assert "telnet：端口 23，安全的服务 telnets，端口 992。" in labelled(ports)
    form = "姓名 | 张三 | 性别 | 男\n出生 | 1990 | 籍贯 | 北京\n电话 | 138 | 邮箱 | a@b"
    assert labelled(form) == form


STATEMENT = """项目 | 期末余额 | 期初余额
存货 | 12,097 | 11,533
持有待售的资产
一年内到期的非流动资产
流动资产合计 | 151,539 | 157,538
固定资产 | 34,456 | 35,705
商誉 | 72 | 73"""


def test_a_row_whose_other_cells_are_empty_parts_no_table() -> None:
    assert "固定资产：期末余额 34,456，期初余额 35,705。" in labelled(STATEMENT)
    head, _, *rest = STATEMENT.split("\n")
    cut = "\n".join(rest)  # begins with rows of one cell
    assert "固定资产：期末余额 34,456，期初余额 35,705。" in labelled(cut, head)
    assert head_of(cut, cut.index("固定资产"), head) == (head, None)


@pytest.mark.parametrize(
    "between",
    [
        "以下为另一张表。",
        "# 负债",
        "",
        "- 见附注",
        "本表所列各项金额均以人民币元为单位并且已经由会计师事务所审计，其中包括全部子公司的数字",
    ],
)
def test_prose_and_gaps_part_tables(between: str) -> None:
    first, second = STATEMENT.split("\n")[:2], ["甲 | 1 | 2", "乙 | 3 | 4"]
    reads = labelled("\n".join([*first, "固定资产 | 34 | 35", "商誉 | 1 | 2", between, *second]))
    assert "期末余额 34" in reads and "期末余额 3，" not in reads


def test_a_column_is_known_by_its_name() -> None:
    assert [kind(name) for name in ("默认值", "Default", "是否必填", "Type", "说明", "价格")] == [
        "default", "default", "required", "type", "description", "",
    ]  # fmt: skip


def test_the_head_of_a_row_is_found_or_given() -> None:
    head, *rows = BORDERED.split("\n")
    assert head_of(BORDERED, len(head) + 5) == (head, (0, len(head)))
    assert head_of("\n".join(rows), 5, head) == (head, None)
    assert head_of(BORDERED, 3) == ("", None) == head_of("no table | here", 3)


def test_heads_are_those_that_a_row_stands_below() -> None:
    head, *rows = BORDERED.split("\n")
    assert heads(f"{BORDERED}\n\n| alone | here |") == [(0, len(head))]
    assert heads("\n".join(rows), head) == [] == heads("姓名 | 张三\n籍贯 | 北京")
