"""What the home page leads to, and the life events by which residents look for help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from assistance.people import Actor
from infrastructure.languages import N_


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
    Row("portal.show_me", N_("我的"), N_("我家的档案、我的授权、谁看过我的信息"), "person"),
)


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for whoever has signed in; its words are in their language already."""

    address: str
    title: str
    hint: str
    icon: str


# What is mine, below /me; only rows whose pages exist are shown.
ME_ROWS = (
    Row("portal.show_own_household", N_("我家的档案"), N_("记着什么，谁说的，哪天的；不对可以改"), "home"),
    Row("portal.list_authorizations", N_("我的授权"), N_("谁可以查我，查什么；随时可以收回"), "document"),
    Row("portal.list_own_economic_checks", N_("核对的结果"), N_("哪里查到了什么；不对就说"), "search"),
    Row("portal.list_looks", N_("谁看过我的信息"), N_("别人每看一次，这里有一句"), "shield"),
    Row("portal.show_own_data", N_("我的信息"), N_("存了什么，要一份，改过来，删掉"), "document"),
    Row("portal.list_messages", N_("我的消息"), N_("单位告诉过您什么"), "info"),
    Row("portal.list_sign_ins", N_("我的登录和手机号"), N_("在哪些手机上登录着；换号、退出在这里"), "phone"),
)
# Whoever has something that may wait for a resident adds a question here; each is asked when /me is opened.
WAITING: list[Callable[[Session, Actor, datetime], Sequence[Waiting]]] = []


@dataclass(frozen=True)
class LifeEvent:
    """Something that happens in a family, by which help is looked for."""

    title: str
    icon: str
    words: str
    """What people type in the search for it, beside its title."""


# In the order in which the policy list shows them.
LIFE_EVENTS = {
    "low_income": LifeEvent(
        N_("日子紧、收入少"), "money", "没钱 困难户 贫困 吃不上饭 低保户 五保 poor money food"
    ),
    "illness": LifeEvent(
        N_("生病"),
        "illness",
        "看病 住院 医院 吃药 药费 医药费 大病 癌 手术 报销 ill sick hospital doctor medicine",
    ),
    "old_age": LifeEvent(N_("老人"), "old", "养老 老年 高龄 独居 护理 敬老院 爷爷 奶奶 old pension elder"),
    "disability": LifeEvent(N_("残疾"), "chair", "残疾证 轮椅 瘫痪 盲 聋 智力 精神 disabled wheelchair"),
    "children": LifeEvent(N_("孩子"), "child", "小孩 儿童 孤儿 娃 生孩子 托育 child baby orphan"),
    "schooling": LifeEvent(
        N_("上学"), "book", "学费 读书 大学 高中 小学 幼儿园 助学 学生 school university student tuition"
    ),
    "unemployment": LifeEvent(
        N_("没工作"), "work", "失业 找工作 下岗 打工 培训 就业 job work unemployed training"
    ),
    "housing": LifeEvent(N_("房子"), "home", "租房 危房 修房 漏雨 住房 公租房 house home rent roof"),
    "sudden_hardship": LifeEvent(
        N_("突然遇到难处"), "alert", "车祸 火灾 出事 急用钱 意外 急难 accident fire urgent"
    ),
    "disaster": LifeEvent(N_("受灾"), "storm", "台风 洪水 水灾 地震 倒房 flood typhoon storm"),
    "veterans": LifeEvent(N_("退役军人和家属"), "star", "当兵 退伍 军人 烈士 优抚 soldier army"),
    "daily_life": LifeEvent(
        N_("水电、坐车等日常"), "day", "电费 水费 煤气 燃气 公交 有线电视 bus electricity water gas"
    ),
}
