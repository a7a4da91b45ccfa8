"""What somebody reads before signing: one text in both languages, with its version and its hash.

PIPL-14, 17, 23 and 30 want it told plainly: who checks, which source by name and which data, for what, how
far back, until when, what a no means, how to withdraw, where to complain. The sentences stand here and not in
a catalogue of translations, because a signature is given to exactly these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistance.authorizations.record import canonical, sha256
from assistance.authorizations.sources import PURPOSE_WORDS, DataSource, Sources
from assistance.rules import Words

TEXT_VERSION = "2026-11-22/1"
"""Changed with every change of a sentence below: what was signed before keeps its own."""

VALID_DAYS = {"application": 180, "recheck": 365, "own_wish": 30, "supporter": 180}
"""How long a signature holds, by purpose; no text of law gives a term, so the county confirms it."""

CLOSED_SOURCE = Words("这一项现在不查", "not asked at present")


@dataclass(frozen=True)
class Office:
    """Who checks: the county office by name, and its telephone."""

    name: str
    phone: str


@dataclass(frozen=True)
class SourceLine:
    """One source as the reader sees it: its holder, what is asked, why, how far back, what else would do."""

    code: str
    name: str
    holder: str
    plain: str
    items: tuple[str, ...]
    why: str
    reach: str
    instead: str
    basis: str


@dataclass(frozen=True)
class Section:
    """One question that the text answers."""

    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class AskedText:
    """The whole text as it is read and signed."""

    version: str
    language: str
    purpose: str
    sections: tuple[Section, ...]
    sources: tuple[SourceLine, ...]

    def as_record(self) -> dict[str, Any]:
        """The text as the signed record holds it."""
        return {
            "version": self.version,
            "language": self.language,
            "purpose": self.purpose,
            "sections": [{"heading": one.heading, "sentences": list(one.sentences)} for one in self.sections],
            "sources": [
                {
                    "code": one.code,
                    "name": one.name,
                    "holder": one.holder,
                    "plain": one.plain,
                    "items": list(one.items),
                    "why": one.why,
                    "reach": one.reach,
                    "instead": one.instead,
                    "basis": one.basis,
                }
                for one in self.sources
            ],
        }

    @property
    def sha256(self) -> str:
        """The hash of the text, in hexadecimal."""
        return sha256(canonical(self.as_record())).hex()


def asked_text(
    register: Sources,
    *,
    office: Office,
    purpose: str,
    scopes: Sequence[dict[str, Any]],
    deadline_on: date,
    locale: str,
) -> AskedText:
    """The text for one request in one language."""
    lines = tuple(_line(register.get(scope["source"]), scope, locale) for scope in scopes)
    why = PURPOSE_WORDS[purpose].in_language(locale)
    holders = tuple(dict.fromkeys(line.holder for line in lines))
    sections = tuple(
        Section(heading.in_language(locale), tuple(one.in_language(locale) for one in sentences))
        for heading, sentences in _sections(office, why, holders, purpose, deadline_on, locale)
    )
    return AskedText(TEXT_VERSION, "en" if locale.startswith("en") else "zh", why, sections, lines)


def reach_words(months_back: int, locale: str) -> str:
    """How far back answers reach."""
    if months_back == 0:
        words = Words("只看查的那一天", "as of the day of the check only")
    else:
        words = Words(f"最近 {months_back} 个月", f"the last {months_back} months")
    return words.in_language(locale)


def _line(source: DataSource | None, scope: dict[str, Any], locale: str) -> SourceLine:
    if source is None:
        closed = CLOSED_SOURCE.in_language(locale)
        return SourceLine(scope["source"], scope["source"], "", closed, (), closed, "", "", "")
    wanted = set(scope["items"])
    return SourceLine(
        code=source.code,
        name=source.name.in_language(locale),
        holder=source.holder.in_language(locale),
        plain=source.plain.in_language(locale),
        items=tuple(item.name.in_language(locale) for item in source.items if item.code in wanted),
        why=source.why.in_language(locale),
        reach=reach_words(source.months_back, locale),
        instead=source.instead.in_language(locale),
        basis=source.basis(locale),
    )


def _sections(
    office: Office, purpose: str, holders: tuple[str, ...], kind: str, deadline: date, locale: str
) -> list[tuple[Words, tuple[Words, ...]]]:
    days = VALID_DAYS[kind]
    listed_zh, listed_en = "、".join(holders), ", ".join(holders)
    day_zh = f"{deadline.year}年{deadline.month}月{deadline.day}日"
    return [
        (
            Words("谁来查", "Who checks"),
            (
                Words(f"{office.name}，电话 {office.phone}。", f"{office.name}, telephone {office.phone}."),
                Words(
                    "每查一次都记下来。谁查过、查了什么，您自己看得到。",
                    "Every check is written down. You can see who checked what.",
                ),
            ),
        ),
        (
            Words("向谁查", "Who is asked"),
            (
                Words(f"{listed_zh}。", f"{listed_en}."),
                Words(
                    "为了找到您，会把您的名字和身份证号告诉他们，别的不说。",
                    "To find you they are told your name and identity number, and nothing else.",
                ),
            ),
        ),
        (
            Words("用来做什么", "What for"),
            (
                Words(f"只用在这件事上：{purpose}。", f"Only for this: {purpose}."),
                Words(
                    "存款、看病这些是要紧的私事，不查就算不准能帮您多少，所以才问。",
                    "Savings or illness are private matters; they are asked only because without them nobody "
                    "can say how much help is due.",
                ),
            ),
        ),
        (
            Words("凭什么查", "On what ground"),
            (
                Words(
                    "《社会救助法》第 40 条：您同意查。第 41 条：民政局依法查。两样都要有。",
                    "Social Assistance Law, article 40: you agree. Article 41: the bureau may check by law. "
                    "Both are needed.",
                ),
            ),
        ),
        (
            Words("管到什么时候", "Until when"),
            (
                Words(
                    f"从您签字那天起 {days} 天（这个天数由县里确认）。到期自动停。",
                    f"{days} days from the day you sign (the county confirms the number). Then it ends.",
                ),
                Words(
                    f"签字最晚到 {day_zh}。",
                    f"The last day to sign is {deadline.isoformat()}.",
                ),
                Words(
                    "查到的内容，办完这件事、过了档案规定的年限就删。年限由县里确认。",
                    "What was found is deleted once this matter and the archive's term are over. The county "
                    "confirms the term.",
                ),
            ),
        ),
        (
            Words("不同意会怎样", "What if you say no"),
            (
                Words(
                    "可以一项一项不同意。不同意的那一项就不查，您可以改带纸来。",
                    "You may say no to any source. It is then not asked; you may bring papers instead.",
                ),
                Words(
                    "不同意，不影响您办别的事，也不会马上停办。",
                    "A no changes nothing else, and does not end the procedure at once.",
                ),
                Words(
                    "如果一直没有正当的理由不配合，这件事可能办不下去；那也要先提醒您两次，再给您书面通知。",
                    "If somebody keeps saying no without good reason, this matter may come to an end; "
                    "before that you are reminded twice and get a letter.",
                ),
            ),
        ),
        (
            Words("后悔了怎么办", "If you change your mind"),
            (
                Words(
                    "随时可以收回，点两下就行，也可以打电话或者到窗口说。收回以后马上停查。",
                    "You can withdraw at any time: two taps, a call, or the window. Checks stop at once.",
                ),
                Words("收回以前查过的仍然算数。", "What was checked before stays as it is."),
            ),
        ),
        (
            Words("觉得不对找谁", "Where to complain"),
            (
                Words(
                    f"先打 {office.phone}，也可以打 12345。",
                    f"Call {office.phone} first, or 12345.",
                ),
            ),
        ),
        (
            Words("您签的是什么", "What your signature is"),
            (
                Words(
                    "手机上签名加验证码，是普通的电子签名。系统另外做一个数字证明，只证明内容没有改过，不是盖章。",
                    "A drawn name with a code is an ordinary electronic signature. The system adds a digital "
                    "proof that nothing was changed; it is no seal.",
                ),
            ),
        ),
    ]
