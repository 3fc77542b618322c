"""What made contracts and house rules say: subjects with clauses and questions, parties, titles; and words of one meaning. Ours, in Chinese and English.

In a clause the answer stands between « and »; what stands in braces is drawn by `training.clauses`.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

PARTIES = (
    ("甲方 乙方", "委托方 受托方", "买方 卖方", "出租方 承租方", "采购人 供应商", "公司 员工"),
    ("the Client;the Contractor", "the Buyer;the Seller", "the Lessor;the Lessee", "the Customer;the Provider", "the Company;the Employee"),
)  # fmt: skip
TITLES = (
    "技术服务合同 软件采购合同 房屋租赁合同 劳动合同 设备供货合同 培训服务协议 员工手册 物业管理规定".split(),
    "Service Agreement;Supply Contract;Lease Agreement;Employment Terms;Event Agreement;Licence Agreement;Staff Handbook".split(";"),
)  # fmt: skip
FILL = (
    ("双方应本着诚实信用的原则履行本条。", "附件与正文具有同等效力。", "本条在合同终止后继续有效。", "变更须以书面形式作出。"),
    ("Both parties act in good faith in this respect.", "The annexes form part of this clause.", "Changes must be made in writing.", "This clause survives termination."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """A subject in both languages: headings, ways to say it with the answer between « and », one that leaves it open, questions.

    Questions that suit only one way to say it stand in a list of their own, in the order of the ways.
    """

    heads: tuple[list[str], list[str]]
    says: tuple[list[str], list[str]]
    open: tuple[str, str]
    asks: tuple[list[list[str]], list[list[str]]]

    def question(self, way: int, side: int, chance: Random) -> str:
        """One of those that suit this way to say it, in the language of `side`."""
        return chance.choice(self.asks[side][min(way, len(self.asks[side]) - 1)])


def _clause(heads: str, zh: str, en: str, zh_open: str, en_open: str, asks_zh: str, asks_en: str) -> Clause:
    zh_heads, en_heads = heads.split(" | ")
    return Clause(
        (zh_heads.split("/"), en_heads.split("/")), (zh.split(" / "), en.split(" / ")), (zh_open, en_open),
        ([own.split(" / ") for own in asks_zh.split(" // ")], [own.split(" / ") for own in asks_en.split(" // ")]),
    )  # fmt: skip


CLAUSES = (
    _clause(
        "知识产权/成果归属 | Intellectual Property/Ownership of Work",
        "履行本合同所产生的成果，其著作权和专利权一概归«{b}»，{a}只能在内部使用。 / {b}交付的文档、代码及其知识产权自付清款项之日起转归«{a}»所有。",
        "Everything created under this agreement belongs to «{b}»; {a} may use it internally only. / Title to all deliverables passes to «{a}» once they are paid for in full.",
        "成果的归属由双方在附件中另行约定。", "Ownership of the work is settled in a separate document.",
        "知识产权归谁所有？ / 成果属于哪一方？ / 谁拥有著作权？ / 做出来的东西归谁？", "Who owns the intellectual property? / Who holds the rights in the work? / To whom do the deliverables belong?",
    ),
    _clause(
        "付款方式/价款支付 | Payment/Payment Terms",
        "合同生效后{days}日内，{a}先付总价的«{pct}»作为预付款，余款在验收后结清。 / 签约后{a}须预付合同总额的«{pct}»。",
        "{A} pays «{pct}» of the price in advance and the rest after acceptance. / On signing, a down payment of «{pct}» of the total is due from {a}.",
        "预付款的比例以订单所载为准。", "The share to be paid in advance is stated in each order.",
        "预付款比例是多少？ / 签约后先付多少？ / 预付百分之几？", "What share is paid in advance? / How large is the down payment? / How much has to be paid upfront?",
    ),
    _clause(
        "尾款/余款结算 | Final Payment/Balance",
        "系统验收合格满«{days}个工作日»，{a}结清剩余款项。 / 余款应在货到并检验合格后«{days}日»内付清。",
        "The balance falls due «{days} days» after acceptance. / {A} settles the remainder within «{days} business days» of delivery.",
        "余款的付款日由双方商定。", "The parties agree on the day on which the balance is paid.",
        "尾款什么时候付？ / 剩下的钱要在多久之内付清？ / 余款何时结清？", "When is the balance due? / By when must the rest be paid?",
    ),
    _clause(
        "合同价款/费用 | Price/Fees",
        "本合同价款合计«{money}»，已含税费。 / {a}应付的服务费总额为«{money}»。",
        "The total fee for the services is «{money}», taxes included. / {A} pays a fixed price of «{money}».",
        "价款按实际工作量另行结算。", "Fees are charged by the hours actually worked.",
        "一共要付多少钱？ / 合同总价是多少？ / 服务费多少？", "How much does it cost in total? / What is the total price? / How high is the fee?",
    ),
    _clause(
        "交付/交货安排 | Delivery/Time of Delivery",
        "{b}在收到预付款后«{days}日»内完成交付。 / 全部设备须于«{date}»前运抵现场。",
        "{B} delivers within «{days} days» of receiving the down payment. / All equipment must reach the site by «{date}».",
        "{b}应尽快安排交付。", "{B} delivers as soon as possible.",
        "什么时候交货？ / 多久能交付？ / 交付期限是多长？", "When is delivery due? / How long does delivery take? / By when must the goods arrive?",
    ),
    _clause(
        "验收/检验 | Acceptance/Inspection",
        "{a}应在收货后«{days}日»内提出书面异议，逾期视为合格。 / 试运行«{months}»无故障即告验收通过。",
        "{A} must report defects within «{days} days» of receipt; otherwise the goods count as accepted. / Acceptance follows a trial run of «{months}» without failure.",
        "验收办法以{a}的要求为准。", "Acceptance follows the instructions of {a}.",
        "收货后多久之内要提出异议？ / 发现问题要在几天内提出？ // 验收需要多长时间？ / 试运行多久？", "How long is there to report defects? / Within what time must complaints be made? // How long does the trial run last? / How long does acceptance take?",
    ),
    _clause(
        "质量保证/保修 | Warranty/Guarantee",
        "自验收之日起，{b}免费保修«{months}»。 / 设备出现质量问题的，«{months}»内由{b}无偿更换。",
        "{B} repairs defects free of charge for «{months}» from acceptance. / For «{months}» after delivery, faulty parts are replaced at no cost.",
        "{b}提供质保服务，期限由双方另行约定。", "{B} gives a warranty whose length is agreed separately.",
        "质保期多长？ / 免费保修多久？ / 保修期是几个月？", "How long is the warranty? / For how long are repairs free?",
    ),
    _clause(
        "保密/商业秘密 | Confidentiality/Secrecy",
        "任何一方不得向第三人透露对方的资料，合同终止后仍须遵守«{years}年»。 / 保密义务自签字起持续«{years}年»。",
        "Neither party discloses the other's information during the term and for «{years} years» after it. / The duty of secrecy lasts «{years} years» from signature.",
        "双方对所知悉的信息承担保密义务，未经同意不得披露。", "Each party keeps the other's information secret and discloses nothing without consent.",
        "保密期限是几年？ / 保密义务持续多久？ / 合同结束后还要保密多长时间？", "How long does the duty of confidentiality last? / For how many years must information be kept secret?",
    ),
    _clause(
        "逾期付款/迟延付款 | Late Payment/Overdue Sums",
        "{a}未按时付款的，每迟一日加付欠款的«{mille}»。 / 逾期付款者须按日支付«{mille}»的违约金。",
        "Overdue sums bear interest of «{pct}» a month. / {A} owes «{pct}» of the unpaid amount for each week of delay.",
        "逾期付款的后果按有关规定处理。", "Delays in payment are dealt with as the law provides.",
        "逾期付款要付多少违约金？ / 晚付款怎么罚？ / 付款晚了每天要多交多少？", "What is the penalty for late payment? / What does paying late cost? / How much interest is charged on overdue sums?",
    ),
    _clause(
        "逾期交付/延误责任 | Late Delivery/Delay",
        "{b}每延误一天，从总价中扣除«{mille}»，累计以{pct}为限。 / 交付迟于约定的，{b}按每日«{mille}»赔偿。",
        "For each day of delay {b} forfeits «{mille}» of the price, up to a tenth of it. / Late delivery costs {b} «{money}» a day.",
        "延误的责任另行商定。", "The consequences of a delay are to be agreed.",
        "延期交付要赔多少？ / 交货晚了怎么赔偿？ / 每晚一天扣多少？", "What does {b} owe for late delivery? / What is the penalty for each day of delay?",
    ),
    _clause(
        "责任限制/赔偿上限 | Liability/Limitation of Liability",
        "{b}的赔偿总额不超过«{money}»。 / 除故意外，任何一方的责任以合同价款的«{pct}»为上限。",
        "The liability of {b} is limited to «{money}» in total. / Save for intent, no party is liable for more than «{pct}» of the price.",
        "{b}在法律规定的范围内承担责任。", "{B} is liable as the law provides.",
        "赔偿上限是多少？ / 最多赔多少钱？ / {b}的责任有没有限额？", "What is the cap on liability? / How much can be claimed at most?",
    ),
    _clause(
        "合同解除/终止 | Termination/Ending the Agreement",
        "任何一方可提前«{days}天»书面通知对方终止合作。 / {a}欠款满«{days}日»的，{b}可以解除合同。",
        "Either side may end this agreement on «{days} days'» written notice. / {B} may terminate when {a} is «{days} days» in arrears.",
        "合同可经双方协商一致解除。", "The parties may end this agreement by mutual consent.",
        "终止合同要提前多久通知？ / 想终止合作提前几天说？ // 欠款多少天可以解除合同？ / 不付款的话多久之后可以解约？", "How much notice is needed to end the agreement? // After how many days without payment can the agreement be terminated?",
    ),
    _clause(
        "合同期限/有效期 | Term/Duration",
        "本合同履行期为«{years}年»，自{date}起算。 / 协议有效期«{months}»，期满自动终止。",
        "This agreement runs for «{years} years» from the date of signature. / It remains in force for «{months}» and then ends of itself.",
        "合同期限由双方视项目进度确定。", "The term depends on the progress of the project.",
        "合同有效期多长？ / 这份协议管几年？ / 合同期限是多久？", "How long does the agreement run? / What is the term?",
    ),
    _clause(
        "续约/续期 | Renewal",
        "期满前«{days}日»双方均未提出异议的，合同顺延一年。 / 需要续签的一方应提前«{days}天»提出。",
        "The agreement renews for a year unless a party objects «{days} days» before it ends. / A wish to renew must be announced «{days} days» ahead.",
        "是否续约届时再议。", "Whether it is renewed will be discussed in due course.",
        "续约要提前几天提出？ / 不想续签的话最晚什么时候说？", "How early must a renewal be announced? / By when must one object to renewal?",
    ),
    _clause(
        "争议解决/管辖 | Disputes/Jurisdiction",
        "协商不成的，提交«{city}仲裁委员会»裁决。 / 因本合同引起的纠纷由«{a}住所地人民法院»审理。",
        "Disputes are settled by the courts of «{city}». / Any dispute goes to arbitration in «{city}».",
        "发生争议由双方友好协商。", "The parties try to settle any dispute amicably.",
        "有纠纷去哪里打官司？ / 争议由哪个机构处理？ / 管辖法院是哪里？", "Which courts decide disputes? / Where are disputes settled? / Where does arbitration take place?",
    ),
    _clause(
        "适用法律 | Governing Law",
        "本合同的解释和履行适用«中华人民共和国法律»。 / 合同事项依«{city}»当地法规办理。",
        "This agreement is governed by the law of «{land}». / The law of «{land}» applies.",
        "本合同遵守有关法律。", "The parties observe the applicable law.",
        "适用哪国法律？ / 按什么法律解释？", "Which law applies? / What is the governing law?",
    ),
    _clause(
        "文本/附则 | Copies/Final Provisions",
        "本合同共«{few}份»，每方各存一半。 / 合同正本«一式{few}份»，签字后生效。",
        "This agreement is signed in «{few}» copies. / «{few}» originals exist, of which each party keeps its share.",
        "本合同经签字后生效。", "This agreement takes effect on signature.",
        "合同一式几份？ / 一共签几份？", "In how many copies is it signed? / How many originals are there?",
    ),
    _clause(
        "数据安全/数据泄露 | Data Protection/Data Loss",
        "数据外泄造成的损失，«由{b}赔偿»。 / 资料丢失的，责任«由双方分担»。",
        "Loss caused by a leak of data is borne by «{b}». / If data are lost, «both parties share» the damage.",
        "双方应采取措施保护数据。", "The parties take measures to protect the data.",
        "数据泄露的损失谁来赔？ / 数据外泄由谁承担损失？ // 资料丢了由谁负责？", "Who pays for a data leak? // Who bears the loss of data?",
    ),
    _clause(
        "税费/费用承担 | Taxes/Costs",
        "与本合同有关的税费«由{b}缴纳»。 / 运费和保险费由«{a}»负担。",
        "All taxes are paid by «{b}». / «{A}» bears the cost of carriage and insurance.",
        "税费按国家规定缴纳。", "Taxes are paid as the law requires.",
        "税费由谁承担？ / 谁交税？ // 运费谁出？ / 运输费用由谁承担？", "Who pays the taxes? // Who bears the cost of transport? / Who pays for shipping?",
    ),
    _clause(
        "分包/转让 | Subcontracting/Assignment",
        "未经{a}书面同意，{b}«不得»把工作转给他人。 / {b}可以将不超过«{pct}»的工作分包出去。",
        "{B} «may not» pass the work on without the written consent of {a}. / {B} may subcontract up to «{pct}» of the work.",
        "分包事宜由双方商定。", "Subcontracting is a matter for agreement.",
        "可以分包给别人做吗？ / 工作能转包吗？", "May the work be subcontracted? / Can {b} hand the work to someone else?",
    ),
    _clause(
        "技术支持/售后服务 | Support/Maintenance",
        "{b}提供«{months}»的远程技术支持。 / 上线之后的«{years}年»里，{b}负责免费升级和答疑。",
        "{B} supports the system for «{months}» after it goes live. / Updates and support are free for «{years} years».",
        "售后服务按{b}的标准提供。", "Support follows the usual terms of {b}.",
        "技术支持服务多长时间？ / 售后支持多久？ // 免费升级几年？ / 上线后支持多长时间？", "How long is support provided? // For how long are updates free?",
    ),
    _clause(
        "响应时间/服务水平 | Response Time/Service Level",
        "接到报障后，{b}应在«{few}小时»内到场处理。 / 系统每月可用率不低于«{pct}»。",
        "{B} reacts to a fault within «{few} hours». / The service is available «{pct}» of each month.",
        "{b}应及时处理故障。", "{B} deals with faults promptly.",
        "报修后多久到场？ / 出故障多长时间内响应？ // 可用率要求是多少？", "How fast is a fault dealt with? / What is the response time? // What availability is promised?",
    ),
    _clause(
        "培训 | Training",
        "{b}为{a}的操作人员安排«{few}天»培训。 / 培训名额为«{count}人»，地点在{city}。",
        "{B} trains the staff of {a} for «{few} days». / Up to «{count} persons» take part in the training in {city}.",
        "{b}提供必要的培训。", "{B} gives the training that is needed.",
        "培训几天？ / 培训安排多长时间？ // 可以有多少人参加培训？ / 培训多少人？", "How many days of training are there? // How many people may be trained?",
    ),
    _clause(
        "押金/保证金 | Deposit/Security",
        "承租时交付押金«{money}»，退租后{days}日内退还。 / 履约保证金为合同价的«{pct}»。",
        "A deposit of «{money}» is paid at the start and returned within {days} days of the end. / The security amounts to «{pct}» of the price.",
        "押金的数额另见收据。", "The amount of the deposit is stated on the receipt.",
        "押金多少钱？ / 要交多少押金？ // 保证金交多少？", "How much is the deposit? // How high is the security?",
    ),
    _clause(
        "租金/月租 | Rent",
        "每月租金«{money}»，于当月{few}日前缴清。 / 房租按季支付，每季«{money}»。",
        "The rent is «{money}» a month, due on day {few}. / Rent of «{money}» is paid every quarter.",
        "租金随行就市，每年商定。", "The rent is agreed anew every year.",
        "每个月房租是多少？ / 租金多少？", "How much is the rent?",
    ),
    _clause(
        "维修责任/保养 | Repairs/Upkeep",
        "房屋漏水、电路故障等由«{a}»修理。 / 设备日常保养由«{b}»负责并承担费用。",
        "Leaks and faulty wiring are repaired by «{a}». / «{B}» looks after the equipment at its own cost.",
        "维修事宜由双方协商。", "Repairs are a matter for agreement.",
        "房子漏水谁来修？ / 电路坏了由谁负责修理？ // 日常保养归谁管？ / 保养费用谁出？", "Who repairs leaks? / Who fixes the wiring? // Who is responsible for upkeep? / Who pays for looking after the equipment?",
    ),
    _clause(
        "工作时间/考勤 | Working Hours/Attendance",
        "员工每周工作«{count}小时»，周末休息。 / 上午«{few}点»前须到岗打卡，迟到三次扣当月奖金。",
        "The working week has «{count} hours». / Staff clock in by «{few} o'clock» in the morning.",
        "工作时间由部门主管安排。", "Working hours are set by the head of department.",
        "每周上班多少小时？ / 一周工作时间多长？ // 几点之前要打卡？ / 早上最晚几点到？", "How many hours are worked a week? // By when must staff clock in?",
    ),
    _clause(
        "加班/加班工资 | Overtime",
        "节假日加班按日工资的«{pct}»另付报酬。 / 平日加班的，每小时补贴«{money}»。",
        "Work on public holidays is paid at «{pct}» of the daily wage. / Overtime is paid at «{money}» an hour.",
        "加班须经主管批准。", "Overtime needs the approval of the head of department.",
        "节假日加班工资怎么算？ / 节假日上班给多少钱？ // 平时加班费怎么算？ / 加班一小时给多少？", "What is paid for work on public holidays? // How is overtime paid? / How much does an hour of overtime cost?",
    ),
    _clause(
        "休假/年假 | Leave/Holidays",
        "工作满一年的员工，每年享受«{few}天»带薪休假。 / 入职不足一年者无年假，其后每年«{few}天»。",
        "After a year of service, staff have «{few} days» of paid leave a year. / Paid leave amounts to «{few} days» in the first year.",
        "休假按国家规定执行。", "Leave follows the law.",
        "年假有几天？ / 一年可以休多少天假？", "How many days of leave are there? / How much paid holiday do staff get?",
    ),
    _clause(
        "试用期 | Probation",
        "新员工前«{months}»为试用阶段，工资按八成发放。 / 试用期«{months}»，期满考核合格后转正。",
        "The first «{months}» are a trial period. / Probation lasts «{months}», after which staff are confirmed.",
        "试用期按录用通知办理。", "Probation is set out in the letter of appointment.",
        "试用期多长？ / 几个月转正？", "How long is probation? / After how long are staff confirmed?",
    ),
    _clause(
        "取消/改期 | Cancellation/Changes of Date",
        "活动前{days}日以内取消的，«已付款项不予退还»。 / 改期须至少提前«{days}天»提出。",
        "If the booking is called off less than {days} days before the date, «nothing is refunded». / The date may be moved on «{days} days'» notice.",
        "取消事宜请与客服联系。", "Please contact us to cancel.",
        "临时取消能退钱吗？ / 活动前才取消会怎样？ // 改期要提前多久？", "What happens if I cancel shortly before? / Do I get a refund if I call it off? // How early must a change of date be announced? / How much notice is needed to reschedule?",
    ),
    _clause(
        "付款渠道/支付方式 | Accepted Payment/Ways to Pay",
        "可以使用«支付宝、{card}和银行转账»付款，不收现金。 / 接受«{card}、微信支付、支票»。",
        "We accept «{card}, bank transfer and PayPal», but no cash. / Payment is possible by «cheque, {card} or direct debit».",
        "付款方式在下单时选择。", "The way to pay is chosen when ordering.",
        "可以刷{card}吗？ / 支持哪些付款方式？ / 能用什么付钱？", "Can I pay with {card}? / Which ways to pay are accepted? / How can I pay?",
    ),
    _clause(
        "资质/证书 | Qualifications/Certificates",
        "现场人员须持有«{paper}»方可上岗。 / {b}保证其员工具备«{paper}»。",
        "Staff on site must hold «{paper}». / {B} assigns only people with «{paper}».",
        "人员应具备相应能力。", "Staff must be suitably qualified.",
        "上岗需要什么证书？ / 工作人员要有什么资质？", "Which certificate is required? / What qualification must the staff have?",
    ),
    _clause(
        "场地/现场条件 | Premises/Site",
        "{a}须提供不小于«{count}平方米»的平整场地。 / 现场应有«{few}路»独立电源。",
        "{A} provides a level area of at least «{count} square metres». / The site needs «{few}» separate power lines.",
        "{a}提供适当的场地。", "{A} provides a suitable site.",
        "场地要多大？ / 现场需要多大地方？ // 需要几路电源？", "How big must the area be? / How much space is needed? // How many power lines does the site need?",
    ),
    _clause(
        "剩余物品/退还 | Leftovers/Return of Goods",
        "活动结束后未用完的材料«归{b}所有»。 / 合同终止时，钥匙和文件须«交还{a}»。",
        "Materials that are left over at the end «belong to {b}». / Keys and papers «are returned to {a}» when the agreement ends.",
        "剩余物品双方另议。", "What is left over is dealt with separately.",
        "没用完的材料归谁？ / 剩下的东西归谁所有？ // 结束后钥匙要还给谁？", "Who keeps what is left over? / Who owns unused materials afterwards? // What happens to the keys at the end?",
    ),
    _clause(
        "保险 | Insurance",
        "{b}应投保不低于«{money}»的责任险。 / 货物在途的保险由«{a}»购买。",
        "{B} takes out liability insurance of at least «{money}». / «{A}» insures the goods in transit.",
        "双方自行决定是否投保。", "Each party decides on insurance for itself.",
        "要买多少保险？ / 责任险保额是多少？ // 保险由谁买？ / 货物在路上的保险谁负责？", "How much insurance is required? // Who insures the goods?",
    ),
    _clause(
        "不可抗力 | Force Majeure",
        "受影响的一方应在«{days}日»内告知对方并出具证明。 / 停工超过«{months}»的，双方均可退出。",
        "The party affected informs the other within «{days} days». / If the hindrance lasts over «{months}», either side may withdraw.",
        "发生不可抗力时双方互不追究责任。", "Neither party is liable for force majeure.",
        "遇到不可抗力要多久通知？ // 停工多长时间可以退出？", "How soon must force majeure be notified? // After how long may a party withdraw?",
    ),
)  # fmt: skip
CARDS = ("信用卡;支票;数字人民币;Visa;Venmo".split(";"), "credit card;cheque;digital yuan;Visa;Venmo".split(";"))
PAPERS = (
    "电工证 高空作业证 健康证 焊工操作证 食品安全证".split(),
    "a first-aid certificate;a forklift licence;a food-safety card;an electrician's licence".split(";"),
)
LANDS = ("德国 新加坡 英国 法国".split(), "Germany;Singapore;England;New York;Switzerland".split(";"))
CITIES = ("北京 上海 深圳 成都 杭州".split(), "Hamburg Vienna Boston Leeds Toronto".split())

SYNONYMS = (  # words of one meaning that a question may use in place of the document's
    tuple(tuple(line.split()) for line in (
        "更改 修改 改变 变更 改", "删除 移除 去掉 删掉 清除", "安装 装 装上", "查看 看 查 检查", "设置 配置 设定 设", "启动 开启 打开 运行", "创建 新建 建立 建",
        "禁止 不允许 不让", "获取 得到 取得 拿到", "默认 缺省", "文件夹 目录", "错误 报错 出错", "升级 更新", "使用 用", "停止 停掉 关闭 终止", "添加 增加 加 加上 新增",
        "选择 选 挑选", "显示 展示 看到", "下载 下 拉取", "用户 使用者 账号", "命令 指令", "参数 选项", "返回 给出", "支持 能用 适用于", "需要 要 得", "无法 不能 没法",
        "连接 连上 接入", "确保 保证", "避免 防止", "指定 写明 给定", "替换 代替 换成", "速度 快慢", "导致 引起 造成", "允许 可以 准许", "提交 递交 交",
        "规定 要求", "负责 管", "应当 应该 要", "方法 办法 做法", "原因 理由",
    )),
    tuple(tuple(line.split()) for line in (
        "remove delete drop", "change modify edit alter", "create make build", "show display see", "start launch run", "get obtain retrieve fetch", "need require",
        "allow let permit", "use employ", "check verify test", "find locate", "stop halt end", "add insert append", "choose select pick",
        "error failure problem", "folder directory", "parameter argument option", "avoid prevent", "ensure guarantee", "specify give",
        "return give yield", "contain hold include", "replace substitute swap", "convert turn transform", "write store save", "send transmit", "fast quick",
        "default standard", "upgrade update", "large big", "happens occurs", "support handle", "reason cause",
    )),
)  # fmt: skip
