"""Closed lists of words that carry the weight of a sentence, Chinese and English: what denies, limits, counts, orders, and
what means the same or the opposite. Data only."""

from __future__ import annotations

STOP = frozenset(
    "the a an of in on at to and or is are was were be been being by for with as that this it its from has have had which who also but their his her their he she they "
    "these those there then than so such into about over after before up out do does did s i you we our your will would can could one were him them itself when where while "
    "的 了 在 是 和 与 及 也 就 都 而 其 这 那 为 于 以 之 等 对 由 从 到 个 地 得 着 把 被 将 并 但 或 所 有 上 中 下 他 她 它 们 此 该 则 及 一".split()
)
NEGATIONS = frozenset(
    "not no never none neither nor without cannot hardly rarely seldom unable fail failed fails lack lacks refuse refused refuses denied deny denies 不 没 未 非 无 否 勿 莫 别".split()
)


def _groups(table: str) -> dict[str, str]:
    """Every word of a line with the line's name."""
    found: dict[str, str] = {}
    for line in table.strip().split("\n"):
        name, words = line.split(":")
        found |= {word.strip().replace("_", " "): name.strip() for word in words.split()}
    return found


# Words of one line say as much as each other; those of two lines do not.
QUANTIFIERS = _groups(
    """
    all: all every each always both 全 皆 各 均 都 每 全部 所有 全体 一切 任何 凡
    any: any
    most: most mostly usually generally typically majority 大多 大部分 多数 大多数 绝大多数
    many: many numerous often frequently several 多 许多 很多 诸多 众多 大量
    some: some sometimes 些 一些 部分 有的 若干 某 某些
    few: few seldom rarely minority 少 少数 小部分 极少
    half: half 半 一半
    only: only solely merely exclusively 仅 只 仅仅 只有 唯一
    none: none
    """
)
# Adverbs of two of these lines that are taken for each other.
OFTEN = frozenset({"usually", "generally", "typically", "often", "frequently"})
HEDGES = _groups(
    """
    about: about approximately roughly around 约 大约 左右 大概 大致
    nearly: nearly almost 几乎 近 将近 接近
    perhaps: may might could possibly probably perhaps likely potentially 可能 或许 也许 有望 或 恐怕
    said: allegedly reportedly supposedly 据称 疑似 涉嫌 据说
    partly: partly partially 部分
    mainly: mainly largely chiefly primarily 主要
    planned: 预计 初步 估计 拟 计划
    """
)
DUTIES = _groups(
    """
    must: must shall required mandatory obliged 必须 须 必需 一定 务必 必然 应当 应该 应
    may: may can could might allowed permitted optional 可以 可 能 能够 允许
    """
)
TIMES = _groups(
    """
    before: before prior preceding preceded 之前 以前 此前 前
    after: after following followed 之后 以后 此后 后 随后
    during: during 期间
    until: until till 直到
    since: since 自从
    """
)
ZH_LIMITS = (
    "可能", "大约", "预计", "据称", "疑似", "有望", "或许", "也许", "几乎", "左右", "约", "初步", "估计", "部分", "主要", "仅",
)  # fmt: skip
_OPPOSED_EN = (
    "increase decrease|increases decreases|increased decreased|increasing decreasing|rise fall|rose fell|rises falls|rising falling|higher lower|high low|more less|more fewer|larger smaller|large small|"
    "before after|first last|earlier later|early late|best worst|better worse|win lose|won lost|above below|over under|north south|east west|northern southern|eastern western|"
    "begin end|began ended|start end|started ended|accept reject|accepted rejected|support oppose|supported opposed|allow prohibit|allowed banned|legal illegal|positive negative|gain loss|"
    "gained lost|grow shrink|grew shrank|buy sell|bought sold|import export|maximum minimum|most least|highest lowest|largest smallest|same different|public private|old new|old young|success failure|"
    "succeeded failed|true false|strong weak|inside outside|male female|major minor|expand contract|up down|long short|always never|all none|many few|faster slower|oldest youngest|majority minority|common rare|"
    "with without|possible impossible|likely unlikely|known unknown|included excluded|includes excludes|able unable|longer shorter|longest shortest|father mother|son daughter|brother sister|husband wife|"
    "king queen|enter leave|entered left|open close|opened closed|add remove|added removed|upper lower|left right|heavy light|hot cold|warm cool|wet dry|rich poor|urban rural|domestic foreign|internal external|"
    "ancient modern|temporary permanent|direct indirect|married divorced|alive dead|born died|birth death|former latter|former current|junior senior|improve worsen|improved worsened|activate inhibit|activated inhibited|"
    "activates inhibits|activation inhibition|promote inhibit|promotes inhibits|stimulate suppress|upregulated downregulated|acute chronic|malignant benign|primary secondary|agree disagree|agreed disagreed|beginning end|"
    "presence absence|present absent|advantage disadvantage|profit loss|profits losses|income expense|credit debit|attack defend|victory defeat|guilty innocent|winner loser|top bottom|front back|north-west south-east|"
    "greater smaller|greatest smallest|deep shallow|wide narrow|thick thin|hard soft|easy difficult|simple complex|cheap expensive|safe dangerous|healthy sick|morning evening|day night|summer winter|spring autumn|"
    "required optional|mandatory voluntary|less greater|fewer greater|raised lowered|raise lower|encourage discourage|cause prevent|causes prevents|caused prevented|effective ineffective|active inactive|employed unemployed"
)
_OPPOSED_ZH = (
    "增 减|升 降|涨 跌|高 低|大 小|多 少|前 后|先 后|首 末|早 晚|胜 负|赢 输|买 卖|进 出|东 西|南 北|左 右|上 下|始 终|开 关|成功 失败|支持 反对|同意 拒绝|允许 禁止|合法 非法|强 弱|快 慢|新 旧|"
    "长 短|内 外|男 女|父 母|原告 被告|正 负|扩 缩|有 无|是 非|全 部|首次 再次|公 私|开始 结束|提高 降低|增长 下降|增加 减少|全部 部分|多数 少数|上午 下午|以前 以后|真 假|优 劣|加强 削弱|已 未|"
    "上升 下降|上涨 下跌|扩大 缩小|扩张 收缩|赞成 反对|接受 拒绝|肯定 否定|同意 反对|鼓励 禁止|鼓励 限制|国内 国外|国内 国际|城市 农村|主动 被动|直接 间接|必要 不必|首任 末任|积极 消极|盈利 亏损|收入 支出|进口 出口|"
    "获胜 失利|战胜 败给|击败 败给|优于 劣于|强于 弱于|高于 低于|大于 小于|多于 少于|早于 晚于|超过 不足|超过 不到|以上 以下|以内 以外|之前 之后|最大 最小|最高 最低|最多 最少|最长 最短|最早 最晚|最初 最后|"
    "儿子 女儿|丈夫 妻子|哥哥 弟弟|姐姐 妹妹|父亲 母亲|爷爷 奶奶|出生 去世|出生 逝世|结婚 离婚|生 死|冷 热|春 秋|夏 冬|昼 夜|贫 富|古代 现代|临时 永久|安全 危险|简单 复杂|困难 容易|富 穷|轻 重|甲方 乙方|买方 卖方|"
    "出租 承租|借 贷|贷款 存款|促进 抑制|激活 抑制|阳性 阴性|急性 慢性|良性 恶性|有效 无效|合格 不合格|开放 关闭|加入 退出|上任 卸任|就任 离任|任命 罢免|攻 守|起点 终点|入口 出口|顺 逆|提前 推迟|延长 缩短|个 对|个 组|名 组|人 户|人 组"
)


def _opposed(table: str) -> frozenset[tuple[str, str]]:
    pairs = {(a, b) for a, b in (pair.split(" ") for pair in table.split("|"))}
    return frozenset(pairs | {(b, a) for a, b in pairs})


OPPOSED = _opposed(_OPPOSED_EN) | _opposed(_OPPOSED_ZH)
# Words of one group may stand for each other in a sentence that is otherwise the source's.
_SAME = (
    "film films movie movies picture|located situated lies|use utilise utilize employ|used utilised utilized employed|big large|show demonstrate indicate reveal|shows demonstrates indicates reveals|showed demonstrated indicated revealed|"
    "because since as|although though|while whereas|including such_as like|called named known_as termed|begin start commence|began started commenced|end finish conclude|ended finished concluded|built constructed|build construct|"
    "help assist aid|helps assists aids|near close_to nearby|buy purchase|bought purchased acquired|get obtain receive|got obtained received|make create produce|made created produced|however but yet|therefore thus hence consequently|"
    "children kids|physician doctor|car automobile|city town|firm company business|job position post|state say report|stated said reported|states says reports|founded established set_up created|was became|died passed_away|"
    "in during within|on upon|for to|from of|with and|writer author|written authored penned|area region|country nation|nearly almost|about regarding concerning on|need require|needs requires|needed required|consist comprise|"
    "consists comprises|important significant key crucial|rapid fast quick|quickly rapidly fast|main principal chief primary|many numerous|"
    f"{' '.join(sorted(OFTEN))}|several various some|also too additionally|can could may|will would|"
    "starring featuring|directed helmed|debut first|us u.s. american|uk british|percent %|has had have|is was are were|that which who|the its his her their a an this that these|among amongst between|"
    "happen occur take_place|happens occurs|happened occurred took_place|keep maintain|kept maintained|try attempt|tried attempted|choose select|chosen selected|chose selected picked|contain include|contains includes|"
    "contained included|lead result|leads results|led resulted|due_to because_of owing_to|type kind sort form|types kinds forms|approximately about roughly around|people persons individuals|study research|studies research|"
    "film films|first initially|last final|current present|currently presently now|before prior_to|after following|if whether|until till|except besides|whole entire|entirely completely wholly|various different|"
    "give provide offer|gives provides offers|gave provided offered|given provided|part portion|goal aim objective|release issue publish|released issued published|serve act|served acted worked|remain stay|remained stayed|"
    "是 为 系|是 即|位于 坐落于 在|位于 地处 坐落|因此 所以 因而 故|由于 因为 因|例如 比如 譬如|以及 和 与 及 同 跟|并且 而且 且 并|目前 现在 如今 当前|称为 叫做 名为 叫作 称作|达到 达|使用 采用 利用 运用|均 都 皆|此外 另外 还|"
    "但是 不过 但 然而 可是|共计 共 总共 合计|期间 时 时候 之时|该 这 此 这个|拥有 有 具有 具备|开始 起|获得 取得 得到 获|成立 建立 创立 创建 创办 设立|去世 逝世 病逝 过世|出生于 生于|毕业于 就读于|担任 任 出任|包括 包含 含|"
    "导致 造成 引起 引发|需要 需 须要|帮助 协助 帮|认为 觉得 指出|表示 称 说 指出 表明|公司 企业|学校 校方|居民 住户|父亲 爸爸|母亲 妈妈|妻子 太太|丈夫 先生|医生 大夫 医师|电影 影片 片|汽车 车辆 车|小孩 孩子 儿童|"
    "购买 买 购入 购置|出售 卖 售出|主要 主|重要 关键|大约 约 大概|许多 很多 众多 诸多|一些 若干 部分|非常 十分 很 极其|经常 常常 时常 常|迅速 快速 很快|立即 马上 立刻|逐渐 逐步 渐渐|仍然 仍 依然|曾经 曾|已经 已|将 会 将会|"
    "可以 能 能够 可|应该 应当 应 该|必须 须 必需|如果 若 假如 倘若|虽然 尽管|那么 则|为了 为|对于 对|关于 有关|根据 依据 按照 依照|通过 经过 经|从 自|向 朝 对|于 在|给 予|被 遭 受|把 将|之 的|其 他 她 它 他的 她的 它的|"
    "日 号|元 块|里 中 内|上 之上|下 之下|里面 内部|以后 之后 后|以前 之前 前|首次 第一次|首个 第一个|首位 第一位|最终 最后|组成 构成|属于 是|改为 改成|更名 改名|命名 取名|发布 公布|发表 刊登|举行 举办 召开|进行 开展|修建 建造 兴建 建成|"
    "迁移 搬迁 迁|返回 回到 回|前往 去 赴|离开 离|进入 入|居住 住|工作 任职|学习 就读|结婚 成婚|提升 提高 上升|增长 增加 上升 提高|减少 下降 降低 缩减|规定 要求|禁止 不得 不准|允许 准许 可以|全部 所有 全体|其他 其它 别的|数量 数目|时期 时代|时间 时刻|日期 日子|地点 地方"
)


def _same(table: str) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, group in enumerate(table.split("|")):
        for word in group.split():
            found.setdefault(word.replace("_", " "), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


SAME = _same(_SAME)  # a word to the numbers of its groups
