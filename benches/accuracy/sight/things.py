"""What is held up to a camera: credentials of several printings with made-up names, and things that are none.

Every drawing is an RGBA picture lying flat, with the lines that are written on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SURNAMES = list("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎")
GIVEN = ["建国", "秀兰", "志强", "晓梅", "海涛", "玉珍", "文博", "丽娟", "永胜", "雪", "磊", "静", "浩然", "佳琪", "国庆", "春燕", "凯", "婷婷"]
PLACES = ["柳河县", "禹王台区", "祥符区", "新密市", "登封市", "集安市", "敦化市", "二道区", "偃师区", "西华县", "确山县"]
BUREAUS = ["文化广电和旅游局", "应急管理局", "人力资源和社会保障局", "教育体育局", "民族宗教事务局", "市场监督管理局", "城市管理局", "交通运输局"]
PROVINCES = ["河南省", "吉林省", "辽宁省", "山东省", "四川省"]
SHOPS = ["盛世百货商行", "佳和便民超市", "同济大药房", "绿源健身会所", "春晖书店", "启明教育培训中心", "悦来宾馆", "老街烩面馆"]


@dataclass(frozen=True)
class Font:
    path: str
    index: int = 0

    def at(self, size: float) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(self.path, max(6, int(size)), index=self.index)


NOTO = "/usr/share/fonts/opentype/noto/"
FONTS = {
    "choose": (Font("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"), Font(NOTO + "NotoSerifCJK-Regular.ttc", 2), Font("/usr/share/fonts/truetype/arphic-gkai00mp/gkai00mp.ttf")),
    "report": (Font(NOTO + "NotoSansCJK-Bold.ttc", 2), Font(NOTO + "NotoSansCJK-Regular.ttc", 2), Font("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
               Font("/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf"), Font(NOTO + "NotoSerifCJK-Bold.ttc", 2), Font("/usr/share/fonts/truetype/arphic/ukai.ttc")),
}  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """`kind` is `credential` or what else it is; `style` says which printing."""

    kind: str
    style: str
    picture: np.ndarray
    name: str = ""
    number: str = ""


class Maker:
    def __init__(self, rng: np.random.Generator, part: str):
        self.rng, self.fonts = rng, FONTS[part]

    def one(self, options):
        return options[int(self.rng.integers(len(options)))]

    def colour(self, low, high):
        return tuple(int(c) for c in self.rng.uniform(low, high, 3))

    def person(self) -> str:
        return self.one(SURNAMES) + self.one(GIVEN)

    def digits(self, count: int) -> str:
        return "".join(str(d) for d in self.rng.integers(0, 10, count))

    def unit(self) -> str:
        return self.one(PLACES) + self.one(BUREAUS)

    def font(self) -> Font:
        return self.one(self.fonts)

    # Sheets ---------------------------------------------------------------------------------------------------------

    def sheet(self, width, height, colour, radius=26, tint=9.0):
        grain = self.rng.normal(0, 1, (height // 16 + 1, width // 16 + 1, 3)).astype(np.float32)
        grain = np.asarray(Image.fromarray(np.clip(grain * 40 + 128, 0, 255).astype(np.uint8)).resize((width, height), Image.BICUBIC), np.float32)
        base = np.clip(np.array(colour, np.float32) + (grain - 128) / 40 * tint, 0, 255).astype(np.uint8)
        image = Image.fromarray(base).convert("RGBA")
        mask = Image.new("L", (width, height), 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), radius, fill=255)
        image.putalpha(mask)
        return image, ImageDraw.Draw(image)

    def centred(self, draw, y, text, font, fill, width, x=0):
        draw.text((x + (width - font.getlength(text)) / 2, y), text, font=font, fill=fill)

    def portrait(self, draw, box):
        x0, y0, x1, y1 = box
        draw.rectangle(box, fill=self.colour(120, 220))
        skin = tuple(int(c) for c in np.array([205, 165, 140]) * self.rng.uniform(0.75, 1.1))
        w, h = x1 - x0, y1 - y0
        draw.rectangle((x0 + w * 0.15, y0 + h * 0.72, x1 - w * 0.15, y1), fill=self.colour(20, 90))
        draw.ellipse((x0 + w * 0.25, y0 + h * 0.18, x1 - w * 0.25, y0 + h * 0.78), fill=skin)
        draw.pieslice((x0 + w * 0.23, y0 + h * 0.1, x1 - w * 0.23, y0 + h * 0.55), 180, 360, fill=(25, 22, 20))

    def code(self, draw, x, y, size):
        cells = self.rng.random((21, 21)) < 0.5
        step = size / 21
        draw.rectangle((x, y, x + size, y + size), fill=(255, 255, 255))
        for row, column in zip(*np.nonzero(cells)):
            draw.rectangle((x + column * step, y + row * step, x + (column + 1) * step, y + (row + 1) * step), fill=(0, 0, 0))

    def emblem(self, draw, x, y, radius, gold=True):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(200, 30, 30), outline=(235, 195, 60), width=max(2, radius // 8))
        points = []
        for n in range(10):
            r, angle = radius * (0.6 if n % 2 == 0 else 0.24), np.pi * n / 5 - np.pi / 2
            points.append((x + r * np.cos(angle), y + r * np.sin(angle)))
        draw.polygon(points, fill=(240, 205, 70) if gold else (220, 220, 220))

    # Credentials ----------------------------------------------------------------------------------------------------

    CREDENTIALS = {
        "choose": ("front-2021", "back-2021", "provincial", "ministry", "folder-open", "folder-cover"),
        "report": ("front-2021", "back-2021", "provincial", "ministry", "folder-open", "folder-cover", "portrait", "supervision"),
    }

    def credential(self, style: str) -> Thing:
        name, number = self.person(), self.digits(int(self.one((8, 11, 12))))
        image = getattr(self, "_" + style.replace("-", "_"))(name, number)
        return Thing("credential", style, np.asarray(image), name, number)

    def _front_2021(self, name, number, width=860, height=542):
        image, draw = self.sheet(width, height, self.one(((225, 235, 245), (240, 240, 236), (215, 230, 238))))
        font = self.font()
        self.portrait(draw, (width * 0.05, height * 0.18, width * 0.31, height * 0.78))
        x = width * 0.36
        for row, (label, value) in enumerate((("姓名", name), ("单位", self.unit()), ("证号", number))):
            y = height * (0.2 + row * 0.2)
            draw.text((x, y), label, font=font.at(height * 0.072), fill=(40, 60, 120))
            draw.text((x + width * 0.125, y), value, font=font.at(height * (0.075 if len(value) < 11 else 0.062)), fill=(20, 20, 20))
        self.code(draw, width * 0.8, height * 0.7, height * 0.24)
        return image

    def _back_2021(self, name, number, width=860, height=542):
        image, draw = self.sheet(width, height, self.one(((226, 236, 246), (150, 30, 34), (28, 48, 110))))
        dark = np.asarray(image)[..., :3].mean() < 140
        ink = (238, 208, 110) if dark else (170, 20, 24)
        font = self.font()
        self.emblem(draw, width // 2, int(height * 0.27), int(height * 0.17))
        self.centred(draw, height * 0.5, "中华人民共和国", font.at(height * 0.095), ink, width)
        self.centred(draw, height * 0.63, "行政执法证", font.at(height * 0.13), ink, width)
        small = (235, 235, 235) if dark else (30, 30, 30)
        maker = self.one(PROVINCES) + "人民政府监制"
        self.centred(draw, height * 0.83, maker + f"  有效期至20{self.rng.integers(26, 32)}年12月", font.at(height * 0.055), small, width)
        return image

    def _provincial(self, name, number, width=860, height=560, title=None):
        image, draw = self.sheet(width, height, self.one(((245, 240, 225), (228, 240, 228), (236, 232, 244))))
        font = self.font()
        title = title or self.one(PROVINCES) + "行政执法证"
        self.centred(draw, height * 0.05, title, font.at(height * 0.105), (170, 20, 24), width)
        self.portrait(draw, (width * 0.05, height * 0.25, width * 0.29, height * 0.75))
        rows = [("姓名：", name), ("单位：", self.unit()), ("职务：", self.one(("科员", "副科长", "执法队员", "大队长"))), ("执法证号：", number), ("发证机关：", self.one(PROVINCES) + "人民政府")]
        for row, (label, value) in enumerate(rows):
            draw.text((width * 0.34, height * (0.24 + row * 0.135)), label + value, font=font.at(height * 0.068), fill=(25, 25, 30))
        self.emblem(draw, int(width * 0.17), int(height * 0.87), int(height * 0.08))
        return image

    def _ministry(self, name, number):
        title = self.one(("劳动保障监察证", "文化市场综合行政执法证", "安全生产行政执法证", "交通运输行政执法证", "城市管理行政执法证"))
        return self._provincial(name, number, title=title)

    def _supervision(self, name, number):
        title = self.one(("中国卫生监督证", "税务检查证", "教育行政执法证", "应急管理综合行政执法证"))
        return self._provincial(name, number, width=900, height=590, title=title)

    def _portrait(self, name, number, width=560, height=860):
        image, draw = self.sheet(width, height, self.one(((240, 244, 250), (250, 240, 236))))
        font = self.font()
        self.emblem(draw, width // 2, int(height * 0.1), int(height * 0.065))
        self.centred(draw, height * 0.18, "行政执法证", font.at(height * 0.075), (170, 20, 24), width)
        self.portrait(draw, (width * 0.3, height * 0.28, width * 0.7, height * 0.58))
        for row, text in enumerate((f"姓名 {name}", f"单位 {self.unit()}", f"证号 {number}", "发证机关 " + self.one(PROVINCES) + "司法厅")):
            draw.text((width * 0.1, height * (0.62 + row * 0.085)), text, font=font.at(height * 0.044), fill=(25, 25, 30))
        return image

    def _leather(self, width, height):
        image, draw = self.sheet(width, height, self.one(((24, 24, 26), (60, 18, 16), (20, 26, 44))), radius=34, tint=5)
        draw.rounded_rectangle((8, 8, width - 9, height - 9), 28, outline=(70, 70, 72), width=3)
        return image, draw

    def _folder_cover(self, name, number, width=640, height=860):
        image, draw = self._leather(width, height)
        font = self.font()
        self.emblem(draw, width // 2, int(height * 0.34), int(height * 0.15))
        self.centred(draw, height * 0.56, "中华人民共和国", font.at(height * 0.062), (226, 190, 84), width)
        self.centred(draw, height * 0.66, self.one(("行政执法证", "行政执法证", "行政执法")), font.at(height * 0.1), (226, 190, 84), width)
        return image

    def _folder_open(self, name, number, width=900, height=1180):
        image, draw = self._leather(width, height)
        draw.line((0, height // 2, width, height // 2), fill=(8, 8, 8), width=10)
        font = self.font()
        self.emblem(draw, width // 2, int(height * 0.16), int(height * 0.1))
        self.centred(draw, height * 0.29, "中华人民共和国", font.at(height * 0.045), (226, 190, 84), width)
        self.centred(draw, height * 0.36, "行政执法证", font.at(height * 0.07), (226, 190, 84), width)
        card = self._front_2021(name, number, 780, 490) if self.rng.random() < 0.7 else self._provincial(name, number, 780, 500)
        image.alpha_composite(card, ((width - card.width) // 2, height // 2 + (height // 2 - card.height) // 2))
        return image

    # What is none ---------------------------------------------------------------------------------------------------

    DECOYS = {
        "choose": ("identity-front", "identity-back", "driving", "record-sheet", "phone", "work-badge", "food-licence"),
        "report": ("identity-front", "identity-back", "driving", "record-sheet", "phone", "work-badge", "food-licence", "bank", "notice", "health", "business-licence", "press"),
    }

    def decoy(self, style: str) -> Thing:
        name = self.person()
        return Thing(style, style, np.asarray(getattr(self, "_" + style.replace("-", "_"))(name)), name)

    def _rows(self, draw, x, y, step, rows, font, fill=(25, 25, 30)):
        for n, row in enumerate(rows):
            draw.text((x, y + n * step), row, font=font, fill=fill)

    def _identity_front(self, name, width=860, height=542):
        image, draw = self.sheet(width, height, (222, 234, 242))
        font = self.font().at(height * 0.066)
        place = self.one(PLACES)
        rows = [f"姓名  {name}", f"性别  {self.one('男女')}   民族  汉", "出生  1985 年 7 月 12 日", f"住址  {place}工农路{self.rng.integers(1, 300)}号"]
        self._rows(draw, width * 0.06, height * 0.12, height * 0.145, rows, font)
        draw.text((width * 0.06, height * 0.82), f"公民身份号码   4104{self.digits(14)}", font=font, fill=(20, 20, 20))
        self.portrait(draw, (width * 0.66, height * 0.14, width * 0.93, height * 0.72))
        return image

    def _identity_back(self, name, width=860, height=542):
        image, draw = self.sheet(width, height, (226, 236, 240))
        font = self.font()
        self.emblem(draw, int(width * 0.16), int(height * 0.22), int(height * 0.15))
        self.centred(draw, height * 0.1, "中华人民共和国", font.at(height * 0.1), (20, 20, 20), width * 0.75, width * 0.22)
        self.centred(draw, height * 0.27, "居民身份证", font.at(height * 0.15), (20, 20, 20), width * 0.75, width * 0.22)
        self._rows(draw, width * 0.14, height * 0.66, height * 0.14, [f"签发机关  {self.one(PLACES)}公安局", "有效期限  2015.06.01-2035.06.01"], font.at(height * 0.066))
        return image

    def _driving(self, name, width=860, height=590):
        image, draw = self.sheet(width, height, (238, 242, 236))
        font = self.font()
        self.centred(draw, height * 0.05, "中华人民共和国机动车驾驶证", font.at(height * 0.082), (20, 20, 20), width)
        rows = [f"证号  4104{self.digits(14)}", f"姓名  {name}   性别 男   国籍 中国", f"住址  {self.one(PLACES)}滨河东路{self.rng.integers(1, 90)}号",
                "出生日期 1985-07-12", "初次领证日期 2008-03-01", "准驾车型 C1", "有效期限 2018-03-01至2028-03-01"]  # fmt: skip
        self._rows(draw, width * 0.06, height * 0.2, height * 0.105, rows, font.at(height * 0.058))
        self.portrait(draw, (width * 0.72, height * 0.4, width * 0.93, height * 0.82))
        return image

    def _record_sheet(self, name, width=860, height=1180):
        image, draw = self.sheet(width, height, (244, 244, 240), radius=2, tint=3)
        font = self.font()
        self.centred(draw, height * 0.05, "现场检查笔录", font.at(height * 0.045), (10, 10, 10), width)
        rows = [f"检查时间：2025年5月{self.rng.integers(1, 29)}日9时30分", f"检查地点：{self.one(PLACES)}{self.one(SHOPS)}", f"被检查单位：{self.one(SHOPS)}", f"执法人员：{name}、{self.person()}",
                f"执法证号：{self.digits(8)}、{self.digits(8)}", "我们是行政执法人员，这是我们的执法证件，", "请过目确认。现依法对你单位进行现场检查，", "请予以配合。检查情况如下：",
                "一、营业场所内经营秩序正常；", "二、未见从业人员健康证明公示；", "三、消防通道堆放杂物。", f"被检查人签名：          年  月  日"]  # fmt: skip
        self._rows(draw, width * 0.08, height * 0.14, height * 0.066, rows, font.at(height * 0.03))
        return image

    def _notice(self, name, width=860, height=1180):
        image, draw = self.sheet(width, height, (246, 244, 238), radius=2, tint=3)
        font = self.font()
        self.centred(draw, height * 0.06, self.unit(), font.at(height * 0.034), (170, 20, 24), width)
        self.centred(draw, height * 0.12, self.one(("责令限期整改通知书", "行政处罚决定书", "送达回证", "行政执法检查通知书")), font.at(height * 0.046), (10, 10, 10), width)
        rows = [f"{self.one(SHOPS)}：", "    经查，你单位存在下列问题：", "1. 未按规定建立台账；", "2. 未在显著位置公示许可证。", "现责令你单位于7日内改正，逾期不改正的，", "将依法予以行政处罚。",
                f"执法人员：{name}  证号：{self.digits(8)}", "                  （印章）", "                  2025年5月6日"]  # fmt: skip
        self._rows(draw, width * 0.09, height * 0.22, height * 0.075, rows, font.at(height * 0.031))
        draw.ellipse((width * 0.55, height * 0.68, width * 0.8, height * 0.86), outline=(200, 30, 30), width=8)
        return image

    def _phone(self, name, width=560, height=1120):
        image, draw = self.sheet(width, height, (12, 12, 14), radius=60, tint=1)
        draw.rounded_rectangle((18, 40, width - 19, height - 41), 30, fill=self.colour(225, 255))
        font = self.font()
        if self.rng.random() < 0.5:
            self.code(draw, width * 0.2, height * 0.3, width * 0.6)
            self.centred(draw, height * 0.2, "请扫码付款", font.at(height * 0.04), (20, 20, 20), width)
            self.centred(draw, height * 0.66, self.one(SHOPS), font.at(height * 0.036), (20, 20, 20), width)
        else:
            rows = ["微信", name, "你到了没有", "马上就到，在门口", "好的，执法的人来了", "他们看了证件没有", "正在看"]
            for n, row in enumerate(rows):
                y = height * (0.1 + n * 0.115)
                draw.rounded_rectangle((width * 0.1, y, width * 0.85, y + height * 0.075), 16, fill=(150, 225, 110) if n % 2 else (255, 255, 255))
                draw.text((width * 0.13, y + height * 0.015), row, font=font.at(height * 0.034), fill=(15, 15, 15))
        return image

    def _work_badge(self, name, width=560, height=800):
        image, draw = self.sheet(width, height, self.one(((235, 242, 250), (250, 246, 236))))
        font = self.font()
        draw.rectangle((0, 0, width, height * 0.2), fill=self.colour(20, 140))
        self.centred(draw, height * 0.06, self.one(("工作证", "工作牌", "出入证")), font.at(height * 0.09), (250, 250, 250), width)
        self.portrait(draw, (width * 0.3, height * 0.24, width * 0.7, height * 0.58))
        rows = [f"姓名：{name}", f"部门：{self.one(('前厅部', '后厨', '教务处', '保安部'))}", f"职务：{self.one(('主管', '员工', '教师'))}", f"工号：{self.digits(5)}"]
        self._rows(draw, width * 0.16, height * 0.62, height * 0.09, rows, font.at(height * 0.056))
        return image

    def _food_licence(self, name, width=1180, height=830):
        image, draw = self.sheet(width, height, (246, 240, 222), radius=2)
        font = self.font()
        draw.rectangle((20, 20, width - 21, height - 21), outline=(190, 150, 60), width=10)
        self.centred(draw, height * 0.1, "食品经营许可证", font.at(height * 0.1), (20, 20, 20), width)
        rows = [f"经营者名称：{self.one(SHOPS)}", f"统一社会信用代码：92410{self.digits(13)}", f"法定代表人：{name}", f"经营场所：{self.one(PLACES)}工农路{self.rng.integers(1, 300)}号", "主体业态：餐饮服务经营者",
                f"许可证编号：JY241{self.digits(11)}", "发证机关：市场监督管理局"]  # fmt: skip
        self._rows(draw, width * 0.1, height * 0.3, height * 0.085, rows, font.at(height * 0.046))
        return image

    def _business_licence(self, name, width=1180, height=830):
        image, draw = self.sheet(width, height, (248, 242, 226), radius=2)
        font = self.font()
        self.emblem(draw, width // 2, int(height * 0.12), int(height * 0.07))
        self.centred(draw, height * 0.2, "营 业 执 照", font.at(height * 0.1), (20, 20, 20), width)
        rows = [f"统一社会信用代码  91410{self.digits(13)}", f"名称  {self.one(SHOPS)}", "类型  个体工商户", f"经营者  {name}", "经营范围  日用百货、文具零售", "成立日期  2015年06月01日", "登记机关  市场监督管理局"]
        self._rows(draw, width * 0.1, height * 0.36, height * 0.08, rows, font.at(height * 0.046))
        return image

    def _bank(self, name, width=860, height=542):
        image, draw = self.sheet(width, height, self.colour(20, 150))
        font = self.font()
        draw.text((width * 0.06, height * 0.1), self.one(("中原银行", "农村信用社", "建设银行")) + " 借记卡", font=font.at(height * 0.1), fill=(245, 245, 245))
        draw.text((width * 0.07, height * 0.52), " ".join(["6217", self.digits(4), self.digits(4), self.digits(4)]), font=font.at(height * 0.11), fill=(240, 240, 235))
        draw.text((width * 0.07, height * 0.76), "有效期 05/31   UnionPay 银联", font=font.at(height * 0.065), fill=(235, 235, 235))
        return image

    def _health(self, name, width=860, height=542):
        image, draw = self.sheet(width, height, (232, 246, 236))
        font = self.font()
        self.centred(draw, height * 0.06, "健康证明", font.at(height * 0.12), (20, 110, 60), width)
        self.portrait(draw, (width * 0.06, height * 0.27, width * 0.3, height * 0.78))
        rows = [f"姓名：{name}", "性别：女   年龄：36", f"编号：{self.digits(10)}", "体检结论：合格", "发证单位：疾病预防控制中心", "有效期：2025.03-2026.03"]
        self._rows(draw, width * 0.36, height * 0.26, height * 0.11, rows, font.at(height * 0.068))
        return image

    def _press(self, name, width=620, height=860):
        image, draw = self.sheet(width, height, (120, 20, 26))
        font = self.font()
        self.centred(draw, height * 0.3, self.one(("新闻记者证", "学生证", "会员证", "导游证")), font.at(height * 0.11), (235, 205, 110), width)
        self.centred(draw, height * 0.7, f"编号 {self.digits(9)}", font.at(height * 0.05), (235, 205, 110), width)
        return image

    # Worn -----------------------------------------------------------------------------------------------------------

    def badge(self) -> Thing:
        """A credential in its sleeve on a lanyard that repeats the title."""
        card = self._portrait(self.person(), self.digits(8)) if self.rng.random() < 0.5 else self._back_2021("", "", 620, 391)
        width, height = int(card.width * 1.08), int(card.height + card.width * 1.1)
        image = Image.new("RGBA", (width, height))
        draw = ImageDraw.Draw(image)
        strap = ImageFont.truetype(self.font().path, int(card.width * 0.07))
        for side in (0.22, 0.62):
            draw.rectangle((width * side, 0, width * side + card.width * 0.12, card.width * 1.1), fill=(18, 36, 92))
            for n, symbol in enumerate("行政执法" * 4):
                draw.text((width * side + card.width * 0.02, n * card.width * 0.085), symbol, font=strap, fill=(235, 235, 235))
        image.alpha_composite(card, (int(card.width * 0.04), int(card.width * 1.1)))
        return Thing("worn", "worn", np.asarray(image))
