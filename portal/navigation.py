"""What the home page leads to, and the life events by which residents look for help."""

from __future__ import annotations

from dataclasses import dataclass

from infrastructure.languages import N_

ANSWERS_COOKIE = "huimin_answers"


@dataclass(frozen=True)
class Row:
    """One large row that leads somewhere."""

    endpoint: str
    title: str
    hint: str
    icon: str


# Only rows whose pages exist: a new page adds its row here.
HOME_ROWS = (
    Row("portal.start_assessment", N_("看看我能享受什么"), N_("答 12 个问题，约 3 分钟，不留姓名"), "search"),
    Row("portal.start_help_request", N_("申请救助"), N_("留个名字和电话，工作人员来找您"), "heart"),
    Row("portal.list_policies", N_("政策和消息"), N_("有哪些帮助，给多少，怎么办"), "book"),
)

# In the order in which the policy list shows them.
LIFE_EVENTS = {
    "low_income": (N_("日子紧、收入少"), "money"),
    "illness": (N_("生病"), "illness"),
    "old_age": (N_("老人"), "old"),
    "disability": (N_("残疾"), "chair"),
    "children": (N_("孩子"), "child"),
    "schooling": (N_("上学"), "book"),
    "unemployment": (N_("没工作"), "work"),
    "housing": (N_("房子"), "home"),
    "sudden_hardship": (N_("突然遇到难处"), "alert"),
    "disaster": (N_("受灾"), "storm"),
    "veterans": (N_("退役军人和家属"), "star"),
    "daily_life": (N_("水电、坐车等日常"), "day"),
}
