"""Pinyin of product names: the reading in context first, then what shoppers may also read the character as."""

from __future__ import annotations

from functools import cache, lru_cache

from core.catalog.folding import is_han

# Only readings that a shopper could type: the dictionary's rare ones would add size and false hits.
_POLYPHONES = {
    "乐": "le yue", "长": "chang zhang", "重": "zhong chong", "行": "hang xing", "薄": "bao bo",
    "血": "xue xie", "参": "shen can", "茄": "qie jia", "番": "fan pan", "柏": "bai bo",
    "厦": "xia sha", "炸": "zha za", "壳": "ke qiao", "咖": "ka ga", "蛤": "ge ha", "桔": "ju jie",
    "芥": "jie gai", "仔": "zi zai", "角": "jiao jue", "堡": "bao pu bu", "藏": "zang cang",
    "提": "ti di", "调": "tiao diao", "盛": "sheng cheng", "朴": "pu piao", "荨": "qian xun",
    "熟": "shu shou", "露": "lu lou", "剥": "bo bao", "削": "xiao xue", "核": "he hu",
    "便": "bian pian", "都": "du dou", "石": "shi dan", "车": "che ju", "六": "liu lu", "大": "da dai",
    "会": "hui kuai", "单": "dan shan", "还": "huan hai", "和": "he huo", "着": "zhe zhao",
    "差": "cha chai", "率": "lv shuai", "畜": "chu xu", "虹": "hong jiang", "颈": "jing geng",
    "蔓": "man wan", "拗": "ao niu", "葚": "shen ren", "莎": "sha suo", "弹": "dan tan",
    "降": "jiang xiang", "塞": "sai se", "扎": "zha za", "折": "zhe she", "称": "cheng chen",
    "缪": "miu mou", "奇": "qi ji", "粘": "zhan nian", "黏": "nian zhan", "胖": "pang pan",
    "膀": "bang pang", "尿": "niao sui", "氏": "shi zhi", "佛": "fo fu", "宿": "su xiu", "叶": "ye xie",
    "铅": "qian yan", "拓": "tuo ta", "殖": "zhi shi", "貉": "he hao", "蚌": "bang beng", "蚵": "ke e",
    "鲅": "ba bo", "鳜": "gui jue", "麽": "me ma", "什": "shen shi", "识": "shi zhi",
    "轧": "zha ya ga", "呷": "xia ga", "百": "bai bo", "色": "se shai", "给": "gei ji", "暴": "bao pu",
    "瀑": "pu bao", "校": "xiao jiao", "杉": "shan sha", "伽": "jia qie ga", "莞": "guan wan",
    "蕃": "fan bo", "臭": "chou xiu", "澄": "cheng deng", "省": "sheng xing", "阿": "a e",
    "解": "jie xie", "仇": "chou qiu", "盖": "gai ge",
}  # fmt: skip
_ALTERNATES = {char: tuple(spellings.split()) for char, spellings in _POLYPHONES.items()}
_TYPED_ALIKE = {"lv": "lu", "nv": "nu", "lve": "lue", "nve": "nue"}


@lru_cache(maxsize=4096)
def readings(run: str) -> tuple[tuple[str, ...], ...]:
    """For every Han character of `run` its readings without tone, the one in context first; `lü` is `lv`."""
    return tuple(_spellings(char, first) for char, first in zip(run, _in_context(run), strict=True))


def units(parts: list[str]) -> list[tuple[str, ...]]:
    """Tokens as typed units: each Han character its readings, a word or number itself."""
    result: list[tuple[str, ...]] = []
    for part in parts:
        result.extend(readings(part) if is_han(part) else [(part,)])
    return result


def _spellings(char: str, first: str) -> tuple[str, ...]:
    found = dict.fromkeys((first, *_ALTERNATES.get(char, ())))
    found.update(dict.fromkeys(_TYPED_ALIKE[s] for s in list(found) if s in _TYPED_ALIKE))
    return tuple(found)


def _in_context(run: str) -> list[str]:
    return _dictionary()(run, errors=lambda unknown: [""] * len(unknown))


@cache
def _dictionary():
    # Inline on purpose: the dictionary costs memory and start-up time, and only writers of products need it.
    from pypinyin import lazy_pinyin

    return lazy_pinyin
