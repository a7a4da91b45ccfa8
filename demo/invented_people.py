"""Names, identity numbers and addresses that belong to nobody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from assistance.values import ResidentId
from assistance.values.resident_id import check_character
from demo.draws import Draws

NO_DIVISION = "330499"
"""A code that was never assigned: no identity number of a living person begins with it."""
SURNAMES = (
    "陈陈陈沈沈沈张张张王王王陆陆陆徐徐徐朱朱朱周周周吴吴吴顾顾顾金金金姚姚胡胡俞俞曹曹钱钱李李杨杨"
    "何何马马许许孙孙黄黄蒋蒋潘潘方方高高唐唐林林赵赵冯董丁倪程费戴施夏谢范郑褚于吕毛计张卜葛"
)
OF_MEN = (
    "建国 国强 志明 伟民 根法 金根 水根 阿大 福明 林根 永良 建平 建华 卫东 国平 志强 明华 海峰 晓东 俊杰 "
    "子涵 浩宇 宇轩 嘉豪 文斌 雪峰 永明 德明 惠林 忠良 秋明 全林 军 斌 磊 涛 杰 凯 峰 超"
).split()
OF_WOMEN = (
    "秀英 桂英 玉珍 阿宝 金妹 水珍 林妹 凤英 惠芳 建芳 美华 丽华 雪芬 爱珍 春燕 晓燕 海燕 佳怡 诗涵 雨欣 "
    "梓萱 思琪 文静 静怡 月英 巧珍 银珍 彩娥 福珍 玲芳 敏 芳 静 洁 婷 娟 丽 燕 萍 琴"
).split()
NEIGHBOURHOODS = "东苑 西苑 南苑 北苑 新苑 景苑 家园 花苑".split()


class Numbers:
    """Hands out identity numbers, each once."""

    def __init__(self, taken: Collection[str] = ()) -> None:
        self._taken = set(taken)

    def new(self, birth: date, sex: str, start: int) -> ResidentId:
        """A number for this birthday and sex, the first free one from a drawn place on."""
        for step in range(500):
            sequence = (start + step) % 500 * 2 + (1 if sex == "M" else 0)
            head = f"{NO_DIVISION}{birth:%Y%m%d}{sequence:03d}"
            if head not in self._taken:
                self._taken.add(head)
                return ResidentId(head + check_character(head))
        raise ValueError(f"no number is left for {birth}")


def surname(draws: Draws, name: str, row: int) -> str:
    """A surname as it is met in the county, the frequent ones more often."""
    return draws.one_of(name, row, SURNAMES)


def given_name(draws: Draws, row: int, sex: str) -> str:
    """What somebody is called by their family."""
    return draws.one_of("given name", row, OF_MEN if sex == "M" else OF_WOMEN)


def address(draws: Draws, row: int, *, is_village: bool) -> str:
    """Where the house stands, as people there would say it."""
    if is_village:
        return f"{draws.below('group', row, 18) + 1}组{draws.below('house', row, 60) + 1}号"
    place = draws.one_of("neighbourhood", row, NEIGHBOURHOODS)
    building, unit = draws.below("building", row, 40) + 1, draws.below("unit", row, 4) + 1
    flat = (draws.below("floor", row, 6) + 1) * 100 + draws.below("flat", row, 4) + 1
    return f"{place}{building}幢{unit}单元{flat}室"
