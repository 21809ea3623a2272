"""A drawing for an article without a picture: soft ground, a pictogram of its kind, its name (占位图)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import NamedTuple

from core.media.pictograms import DRAWINGS

LINE_WIDTH = 9.2
SPEC_WIDTH = 16.0

_FONTS = "PingFang SC,HarmonyOS Sans SC,Noto Sans CJK SC,Microsoft YaHei,sans-serif"
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u200b-\u200f\u2028-\u202e\ufeff]")
_BREAKS = " /、,，()（）-·"


class Palette(NamedTuple):
    """Upper and lower ground, light tone, accent and dark tone."""

    ground: str
    lower: str
    light: str
    accent: str
    dark: str


GREEN = Palette("#eef6e6", "#ddecd0", "#d3e8c2", "#6fae5a", "#3f6b33")
RED = Palette("#fdefea", "#f9ded5", "#f7cfc2", "#e2694f", "#8c3426")
BLUE = Palette("#e9f3fb", "#d6e7f6", "#c9e0f4", "#5b9bd5", "#2c5a87")
GOLD = Palette("#fdf5e2", "#f8e9c6", "#f5dfad", "#e0a53a", "#7c571a")
BROWN = Palette("#f8f0e8", "#eddfd0", "#e6d1bb", "#b77f4f", "#69431f")
AQUA = Palette("#e6f6f5", "#cfeceb", "#bfe5e3", "#43a9a3", "#1f5f5b")
ROSE = Palette("#fdeef3", "#f9dbe5", "#f6ccda", "#e2789c", "#8f3457")
VIOLET = Palette("#f2effa", "#e3dcf4", "#d8cef0", "#8d78c9", "#4d3c85")
SLATE = Palette("#eff2f5", "#dfe5eb", "#d0d9e2", "#7389a0", "#3b4d61")

# The first pattern that the article's name or category answers to wins: narrow ones stand before wide ones.
_KINDS: tuple[tuple[str, str, Palette], ...] = (
    (r"菇|木耳|mushroom", "mushroom", BROWN),
    (r"西红柿|番茄(?!酱|沙司|味|汁)|tomato(?!es? (sauce|soup|ketchup))", "tomato", RED),
    (r"土豆|红薯|山药|芋头|马铃薯|生姜|莲藕|potato(?! chip)", "potato", GOLD),
    (r"黄瓜|西葫芦|苦瓜|丝瓜|冬瓜|豆角|蒜薹|cucumber|zucchini", "cucumber", GREEN),
    (r"茄子|eggplant", "cucumber", VIOLET),
    (r"青椒|尖椒|彩椒|bell pepper", "pepper", GREEN),
    (r"洋葱|大蒜(?!酱)|蒜头|\bonions?\b|garlic bulb", "onion", ROSE),
    (r"西兰花|菜花|broccoli|cauliflower", "leaf", GREEN),
    (r"馒头|烧饼|油条|水饺|馄饨|汤圆|包子|小笼|饺|面点|dumpling", "dumpling", BLUE),
    (r"冰淇淋|雪糕|冰棍|ice ?cream", "icecream", ROSE),
    (r"冷冻|丸|frozen|frzn", "snow", BLUE),
    (r"(?<!禽)蛋(?![糕黄白挞卷])|\beggs?\b", "egg", GOLD),
    (r"水产|海鲜|鱼(?!油|味|头泡)|虾|蟹|带鱼|seafood|fish|shrimp", "fish", AQUA),
    (r"鲜奶|酸奶|牛奶|乳品|奶酪|芝士|黄油|\bmilk|dairy|cheese|yogurt", "milk", BLUE),
    (r"婴|母婴|宝宝|纸尿|奶嘴|奶瓶|baby|infant|diaper", "baby", ROSE),
    (r"啤酒|\bbeer|\bale\b", "beer", GOLD),
    (r"白酒|葡萄酒|黄酒|酒水|wine|liquor|spirits", "wine", RED),
    (r"叶菜|蔬菜|豆芽|salad|vegetable", "leaf", GREEN),
    (r"水果|\bfruits?\b|apple|berr", "apple", RED),
    (r"豆腐|豆干|豆皮|豆制品|tofu", "tofu", GREEN),
    (r"肉禽|猪|驴|烧鸡|牛肉|羊肉|鸡翅|火腿|排骨|熟食|肉干|\bmeat|beef|pork|chicken|\bdeli\b", "meat", RED),
    (r"根茎|瓜豆|豆制品|生鲜|produce", "root", GREEN),
    (r"食用油|花生油|玉米油|\boil\b", "oil", GOLD),
    (r"方便|速食|自热|泡面|面条|挂面|粉丝|noodle|pasta|soup", "bowl", RED),
    (r"酱|醋|调料|佐料|盐|味精|糖.*盐|sauce|spice|condiment|dressing", "sauce", BROWN),
    (r"米面|杂粮|粮油|大米|面粉|flour|rice|cereal", "grain", GOLD),
    (r"糖果|巧克力|candy|chocolate", "candy", ROSE),
    (r"坚果|炒货|瓜子|花生|\bnuts?\b", "nut", BROWN),
    (r"饼干|糕点|面包|cookie|cake|bread|bak|pastry", "cookie", GOLD),
    (r"零食|薯片|膨化|snack|chips", "chips", GOLD),
    (r"饮料|饮品|矿泉水|果汁|茶|咖啡|可乐|drink|juice|soda|beverage|coffee|\btea\b|water", "drink", AQUA),
    (r"口腔|牙|tooth|dental|oral", "tooth", AQUA),
    (r"纸品|抽纸|卷纸|卫生巾|湿巾|毛巾纸|paper|tissue|napkin", "paper", SLATE),
    (r"衣物清洁|家居清洁|洗洁|清洁剂|洗衣|detergent|clean|laundry|bleach", "spray", BLUE),
    (r"个护|洗发|沐浴|护肤|洗手|香皂|shampoo|soap|cosmetic|skin|hair|beauty", "pump", VIOLET),
    (r"本册|纸张|作业本|笔记本|book|magazine|greeting card", "book", VIOLET),
    (r"文具|书写|笔|pencil|\bpens?\b|stationery|school", "pencil", GOLD),
    (r"床品|布艺|枕|被|bedding|pillow", "bed", VIOLET),
    (r"服饰|拖鞋|袜|内衣|毛巾|apparel|socks|hosiery", "shirt", ROSE),
    (r"厨房|锅|刀|碗|cookware|kitchen", "pot", BROWN),
    (r"五金|电料|灯|电池|bulb|batter|hardware", "bulb", SLATE),
    (r"家居|收纳|日用|household|storage", "box", AQUA),
)
_COMPILED = tuple((re.compile(pattern), kind, palette) for pattern, kind, palette in _KINDS)
_BAG = ("bag", SLATE)
# Kinds that share a category with others (肉禽蛋, 豆制品熟食, 根茎瓜豆): there the name decides.
_SHARED = re.compile("肉禽蛋|熟食|根茎瓜豆")


def placeholder_svg(title: str, category_path: Sequence[str] = (), spec: str = "") -> str:
    """SVG of 240 × 240, under 3 KB, the same for the same arguments; names are cut to two lines."""
    kind, palette = kind_of(title, tuple(category_path))
    drawing = DRAWINGS[kind].format(d=palette.dark, a=palette.accent, l=palette.light)
    lines = title_lines(title)
    top = 193 if len(lines) == 1 else 182
    texts = [_text(line, top + 26 * i, 21, 600, palette.dark) for i, line in enumerate(lines)]
    note = _cut(_printable(spec), SPEC_WIDTH)
    if note:
        texts.append(_text(note, top + 26 * (len(lines) - 1) + 21, 13, 400, palette.dark, ' opacity=".65"'))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" width="480" height="480">'
        f'<rect width="240" height="240" fill="{palette.ground}"/>'
        f'<path d="M0 150q120-44 240 0v90H0z" fill="{palette.lower}"/>'
        f'<circle cx="120" cy="86" r="71" fill="{palette.light}" opacity=".75"/>'
        f'<g transform="translate(65 31) scale(1.1)">{drawing}</g>{"".join(texts)}</svg>'
    )


@lru_cache(maxsize=4096)
def kind_of(title: str, category_path: tuple[str, ...]) -> tuple[str, Palette]:
    """Pictogram and palette: by the finest category that says something, then by coarser ones, then by the name."""
    texts = [*reversed(category_path), title]
    if category_path and _SHARED.search(category_path[-1]):
        texts.insert(0, texts.pop())
    for text in texts:
        folded = text.casefold()
        for pattern, kind, palette in _COMPILED:
            if pattern.search(folded):
                return kind, palette
    return _BAG


def title_lines(title: str) -> list[str]:
    """The name in at most two lines, broken where it has a blank or a sign if that is not too early."""
    text = _printable(title)
    if _width(text) <= LINE_WIDTH:
        return [text] if text else []
    end = _fitting(text, LINE_WIDTH)
    if _width(text) <= 2 * LINE_WIDTH and not any(sign in text for sign in _BREAKS):
        end = min(end, (len(text) + 1) // 2) if _is_wide(text) else end
    places = [i + 1 for i in range(end // 2, end) if text[i] in _BREAKS]
    end = places[-1] if places else end
    return [text[:end].strip(), _cut(text[end:].strip(), LINE_WIDTH)]


def _text(text: str, y: int, size: int, weight: int, colour: str, more: str = "") -> str:
    return (
        f'<text x="120" y="{y}" text-anchor="middle" font-family="{_FONTS}" font-size="{size}" '
        f'font-weight="{weight}" fill="{colour}"{more}>{escape(text)}</text>'
    )


def _printable(text: str) -> str:
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def _is_wide(text: str) -> bool:
    return all(_char_width(char) == 1 for char in text)


def _char_width(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return 0.68 if char.isupper() else 0.56


def _width(text: str) -> float:
    return sum(map(_char_width, text))


def _fitting(text: str, width: float) -> int:
    used = 0.0
    for i, char in enumerate(text):
        used += _char_width(char)
        if used > width:
            return i
    return len(text)


def _cut(text: str, width: float) -> str:
    return text if _width(text) <= width else text[: _fitting(text, width - 0.6)].rstrip() + "…"
