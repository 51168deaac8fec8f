"""What is said in the recordings that the recogniser and the checks are measured on.

None of the wordings around the required ones, the names, agencies and places occurs in the training of the
demonstration model (``models/training/phrases.py``). A recording is a list of clauses with pauses between them; a clause
marked ``(check)`` belongs to what that check asks for.
"""

import re

SURNAMES = list("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜")
GIVEN = ["春生", "美玲", "学军", "宝珠", "东升", "小燕", "长青", "慧敏", "大鹏", "文斌", "淑珍", "庆丰", "晓峰", "桂兰", "云飞", "素芬", "胜利",
         "红梅", "继业", "月娥", "锋", "莹", "帆", "雷", "宁", "岩", "琴", "栋"]
PLACES = ["柳河县", "禹王台区", "祥符区", "新密市", "登封市", "集安市", "敦化市", "二道区", "偃师区", "西华县", "确山县", "山城区"]
BUREAUS = ["文化旅游和体育局", "粮食和物资储备局", "退役军人事务局", "民族事务委员会", "体育局", "地震局", "园林绿化管理局", "教育局"]
SITES = ["阅览室", "西侧库房", "食堂后厨", "五楼机房", "南门传达室", "负一层车库", "实验楼", "活动中心"]
ROADS = ["青年大街", "工农路", "滨河东路", "百花街", "育才巷", "大学路"]
COMPANIES = ["盛世", "佳和", "同济", "绿源", "春晖", "启明"]
TRADES = ["文化传媒公司", "职业学校", "液化气站", "健身会所", "图书城", "家政公司"]
SUBJECTS = ["校外培训", "印刷经营", "高危体育项目", "危险作业", "演出活动", "用工合同"]
REASONS = ["设备故障", "电量不足", "存储空间不足", "天气原因", "更换检查场所", "内存不足"]

TALK = ["最近客流量怎么样", "从去年冬天开始就不太好", "这几个房间平时都锁着", "钥匙在值班员那里", "你先把灯打开", "楼上还有两个仓库", "水电费谁来交",
        "我们一共八个人上班", "老板出差了下周才回来", "这个柜子装的是旧资料", "空调坏了还没修", "快递放在前台就行", "那边是消防栓", "电梯在左手边",
        "我给他打个电话问问", "不好意思让你们久等了", "这边走小心台阶", "晚上十点以后就关门", "外面停车不方便", "这是上个月的账本", "请把窗户关一下",
        "孩子们下午三点放学", "昨天刚刚打扫过", "他是新来的不清楚", "里面东西有点乱", "喝口水吧", "这个表格怎么填", "我再找一找", "票据都在会计那儿",
        "合同是去年签的"]

HELLO = ["您好", "你好", "老板您好", "同志你好", "师傅您好"]

PROTECT = ["为保护您的合法权益", "为了保护您的合法权益", "为保护你的合法权益"]
SUPERVISE = ["监督我们的执法行为", "监督我的执法行为"]
RECORD = ["本次执法全程录音录像", "本次执法过程将全程录音录像", "本次执法将全程录音录像"]

# Sentences like a required part that are not it.
NOT_RECORD = ["本次执法全程录像", "本次执法全程录音", "本次执法不录音录像", "本次执法没有全程录音录像", "本次执法只录像不录音", "本次检查全程有人陪同",
              "我们会对本次执法拍照", "本次执法全程公开", "上次执法全程录音录像", "本次执法由我负责记录", "录音录像已经停止", "本次培训全程录像"]
NOT_PROTECT = ["为保护环境卫生", "为维护市场秩序", "为了你的安全", "为保护未成年人"]
NOT_SUPERVISE = ["请配合我们的执法工作", "请支持我们的检查", "希望你理解我们的工作"]

CREDENTIAL = ["这是我们的执法证件", "这是我的执法证件", "我的执法证号是{number}", "执法证号{number}，这是我的执法证件", "现在出示执法证件",
              "请查看我们的执法证件", "这是我们的证件请查看", "这是我们的证件请看清"]
NOT_CREDENTIAL = ["请出示你的身份证", "你的营业执照在哪里", "健康证都办了吗", "这是我们的检查通知", "许可证请挂在墙上", "我的工作牌忘在车上了", "证件我看过了",
                  "请把登记证拿出来", "这是检查记录表"]

RIGHTS = [("你依法享有陈述申辩的权利", "也有如实回答的义务"), ("你有权进行陈述和申辩", "应当如实提供材料"), ("你有权申请回避", "有配合检查的义务"),
          ("您依法享有陈述申辩的权利", "应当如实回答询问"), ("你享有以下权利", "应当配合检查")]
NOT_RIGHTS = ["你有什么要说的", "权利人是谁", "这个你有义务修好", "请你回避一下车辆", "你可以坐下说"]

PURPOSE = ["我们今天来是检查{subject}情况", "这次检查的目的是了解{subject}", "依法对{company}进行检查", "今天来的目的是核实{subject}的举报"]
NOT_PURPOSE = ["我们今天路过这里", "目的地还没有到", "上次检查的结果出来了"]

PLACE = ["我们现在来到{company}", "检查地点是{road}{house}号", "这里是{road}{house}号", "我们现在位于{place}{site}", "检查场所是{company}{site}"]
NOT_PLACE = ["这里是谁负责", "我们来得有点早", "地点你们自己定"]

EXPLAIN = ["因{reason}录制中断，现恢复录音录像", "由于{reason}，录像中断，现在恢复录音录像", "由于{reason}，录制中断，继续录音录像"]
NOT_EXPLAIN = ["好我们接着看下一间", "刚才说到哪里了", "这台设备是新买的", "今天天气不错", "继续往前走"]


class Writer:
    def __init__(self, rng):
        self.rng = rng

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def name(self):
        return self.pick(SURNAMES) + self.pick(GIVEN)

    def number(self):
        return "".join(self.pick("零一二三四五六七八九") for _ in range(int(self.rng.integers(6, 9))))

    def fill(self, text: str, filled: dict | None = None) -> str:
        """The text with its open words filled; ``filled`` notes the agency, number and reason, and puts the words of a place together."""
        fillers = {"name": self.name, "number": self.number, "agency": lambda: self.pick(PLACES) + self.pick(BUREAUS),
                   "subject": lambda: self.pick(SUBJECTS), "company": lambda: self.pick(COMPANIES) + self.pick(TRADES),
                   "road": lambda: self.pick(ROADS), "site": lambda: self.pick(SITES), "place": lambda: self.pick(PLACES),
                   "house": lambda: self.pick(["十二", "三十六", "八", "五十一", "二百零四"]), "reason": lambda: self.pick(REASONS)}

        def filler(found):
            value = fillers[found[1]]()
            if filled is not None and found[1] in ("agency", "number", "reason"):
                filled[found[1]] = value
            elif filled is not None and found[1] in ("place", "road", "house", "company", "site"):
                filled["place"] = filled.get("place", "") + value
            return value

        return re.sub(r"\{(\w+)\}", filler, text)

    def talk(self, least: int, most: int):
        return [(self.pick(TALK), None) for _ in range(int(self.rng.integers(least, most + 1)))]

    def said(self, text: str, check: str, filled: dict):
        """A required wording as clauses that belong to its check."""
        return [(clause, check) for clause in self.fill(text, filled).split("，")]

    def introduction(self):
        """Greeting, agency and names, with what fills them."""
        agency, first, second = self.fill("{agency}"), self.name(), self.name()
        opening = self.pick([f"我们是{agency}执法人员{first}，{second}", f"我们是{agency}的，我叫{first}，他叫{second}", f"我是{agency}的{first}"])
        clauses = [(self.pick(HELLO), None)] + [(clause, None) for clause in opening.split("，")]
        return clauses, {"agency": agency, "officers": [name for name in (first, second) if name in opening]}

    def recording(self, kind: str):
        """Clauses, the checks whose words are in it whole, and what fills the open words."""
        if kind in ("announcement", "partial"):
            with_names = self.rng.random() < 0.5
            clauses, slots = self.introduction() if with_names else ([(self.pick(HELLO), None)], {})
            parts = [self.pick(PROTECT), self.pick(SUPERVISE), self.pick(RECORD)]
            if kind == "announcement":
                clauses += [(part, "announcement") for part in parts]
            else:
                near = [self.pick(NOT_PROTECT), self.pick(NOT_SUPERVISE), self.pick(NOT_RECORD)]
                lost = int(self.rng.choice([0, 1, 2, 2, 2]))
                altered = self.rng.random() < 0.6
                for number, part in enumerate(parts):
                    if number != lost:
                        clauses.append((part, None))
                    elif altered:
                        clauses.append((near[number], None))
            return clauses + self.talk(0, 2), slots
        wordings = {"credential": ("credential-display", CREDENTIAL), "purpose": ("purpose-statement", PURPOSE),
                    "place": ("location-statement", PLACE), "explanation": ("interruption-explanation", EXPLAIN)}
        others = {"not-credential": NOT_CREDENTIAL, "not-rights": NOT_RIGHTS, "not-purpose": NOT_PURPOSE, "not-place": NOT_PLACE,
                  "not-explanation": NOT_EXPLAIN}
        slots = {}
        before, after = self.talk(0, 2), self.talk(0, 2)
        if kind in wordings:
            check, options = wordings[kind]
            middle = self.said(self.pick(options), check, slots)
        elif kind == "rights":
            middle = [(part, "rights-notice") for part in self.pick(RIGHTS)]
        elif kind in others:
            middle = [(self.pick(others[kind]), None)]
        else:
            middle = self.talk(2, 4)
        if kind == "credential" and self.rng.random() < 0.3:
            before, introduced = self.introduction()
            slots |= introduced
        if kind in ("explanation", "not-explanation"):
            before = []
        return before + middle + after, slots


# How many recordings of each kind.
COUNTS = {"announcement": 150, "partial": 170, "credential": 110, "not-credential": 60, "rights": 50, "not-rights": 20, "purpose": 40,
          "not-purpose": 20, "place": 40, "not-place": 20, "explanation": 40, "not-explanation": 30, "talk": 50, "foreign": 30}
