"""Whether what stands before 的 in a Chinese goal is a place: 上海的酒店 tells where, 便宜的酒店 what they are like."""

from __future__ import annotations

import re

from domain.city_names import names_of_city
from domain.words import fold

_SHORTEST, _LONGEST = 2, 7  # characters of a name
_ENDS = re.compile(
    r"(?:省|市|区|區|县|縣|镇|鎮|乡|鄉|州|国|國|岛|島|路|街|湾|灣|大学|大學|机场|機場|车站|車站|广场|廣場)$"
)
_EVERYWHERE = frozenset({"全国", "全國", "外国", "外國", "各国", "各國", "全市", "全省", "城市", "地区", "地區"})
_NAMES = """
    天津 重庆 重慶 苏州 蘇州 西安 青岛 大连 厦门 宁波 长沙 郑州 沈阳 哈尔滨 济南 合肥 昆明 贵阳 南宁 南昌 太原 石家庄
    长春 海口 三亚 无锡 东莞 佛山 义乌 桂林 珠海 温州 澳门 澳門 高雄 台中 台南 新竹 河北 山西 辽宁 吉林 黑龙江 江苏 浙江
    安徽 福建 江西 山东 河南 湖北 湖南 广东 廣東 海南 四川 云南 陕西 甘肃 青海 台湾 台灣 臺灣 内蒙古 广西 西藏 宁夏 新疆
    日本 意大利 西班牙 加拿大 澳大利亚 马来西亚 越南 印度 俄罗斯 葡萄牙 荷兰 瑞士 瑞典 挪威 丹麦 芬兰 希腊 土耳其 埃及
    巴西 墨西哥 奥地利 比利时 印度尼西亚 菲律宾 新西兰 阿联酋 欧洲 亚洲 非洲
"""
_KNOWN = frozenset(fold(name) for name in _NAMES.split())


def place_before(words: str) -> str:
    """The place that the words begin with, which may be all of them; empty where they are none that is known."""
    if words in _EVERYWHERE:
        return ""
    if _ENDS.search(words):
        return words
    sizes = range(min(len(words), _LONGEST), _SHORTEST - 1, -1)
    return next((words[:size] for size in sizes if _is_known(words[:size])), "")


def _is_known(name: str) -> bool:
    return fold(name) in _KNOWN or bool(names_of_city(name))
