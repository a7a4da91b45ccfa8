"""What a gateway or a platform would refuse in the file of texts, found before anybody waits for a message.

The rules are those of Chinese SMS gateways and of WeChat's subscribe messages: seventy characters with the
sender's signature make one part, no link, no sign that gateways refuse, no two values side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from assistance.messages.templates import PLACE, PURPOSES, Said, Template
from assistance.messages.variables import IN_SMS, PURPOSE, VARIABLES
from infrastructure.languages import locales

ONE_PART, PART_OF_SEVERAL = 70, 67
# What the gateway puts before each text: a county's bureau and its brackets are eight characters.
SIGNATURE = 10
LONGEST_SMS = ONE_PART - SIGNATURE
LONGEST_SMS_ELSEWHERE = 2 * PART_OF_SEVERAL - SIGNATURE
LONGEST_TITLE, LONGEST_BODY = 20, 80
LONGEST_ELSEWHERE = 2
LONGEST_CODE = 6
REFUSED_SIGNS = re.compile(r"[【】¥￥★☆\x00-\x1f]")
LINK = re.compile(r"https?:|www\.|[a-z0-9-]+\.(?:cn|com|net|org|gov)\b", re.IGNORECASE)
SCREENED = ("慈善", "捐款", "医疗", "党政", "贷款")
NEVER_SAID = ("不符合", "不通过", "拒绝", "没有资格")
SIDE_BY_SIDE = re.compile(r"\}[\s,，、。：:]*\{")
# WeChat's kinds of field, with the most characters of each.
WECHAT_FIELDS = {"thing": 20, "character_string": 32, "phrase": 5, "time": 20, "date": 20, "number": 32}
ROW = frozenset({"words", "is_code", "sms", "title", "body", "wechat"})


def find_faults(raw: Mapping[str, Any]) -> list[str]:
    """Every fault of the file, each naming the template and the place."""
    known = {template.value for template in Template}
    faults = [f"[{name}] is no template" for name in sorted(set(raw) - known - {PURPOSES})]
    faults += [f"[{name}] is missing" for name in sorted(known - set(raw))]
    longest = _longest_purposes(raw)
    for code, said in raw.get(PURPOSES, {}).items():
        faults += [f"[{PURPOSES}] {code}: {fault}" for fault in _languages(said)]
        if not VARIABLES[PURPOSE].form.fullmatch(code):
            faults.append(f"[{PURPOSES}] {code} is no code")
        if len(said.get("zh", "")) > VARIABLES[PURPOSE].longest:
            faults.append(f"[{PURPOSES}] {code}.zh has over {VARIABLES[PURPOSE].longest} characters")
    for name in sorted(known & set(raw)):
        faults += [f"[{name}] {fault}" for fault in _faults_of(raw[name], longest)]
    return faults


def _faults_of(row: Mapping[str, Any], purposes: Mapping[str, int]) -> Iterator[str]:
    yield from (f"{name} is no field" for name in sorted(set(row) - ROW))
    if not row.get("words"):
        yield "words is missing"
    is_code, sms = row.get("is_code", False), row.get("sms", {})
    if is_code and (set(row) & {"title", "body", "wechat"} or not sms):
        yield "a code goes by text message alone"
    if not sms and not row.get("title"):
        yield "says nothing"
    if bool(row.get("title")) != bool(row.get("body")):
        yield "title and body belong together"
    if any(is_code != ("code" in PLACE.findall(text)) for text in sms.values()):
        yield "is_code belongs to a text with {code}, and only there"
    for place, said in _sentences(row):
        yield from (f"{place}: {fault}" for fault in _languages(said))
        yield from (f"{place}: {fault}" for fault in _places(said))
        for language, text in said.items():
            yield from (f"{place}.{language}: {fault}" for fault in _text(place, language, text, purposes))


def _sentences(row: Mapping[str, Any]) -> list[tuple[str, Said]]:
    found = [(name, row[name]) for name in ("sms", "title", "body") if row.get(name)]
    return found + [(f"wechat.{name}", said) for name, said in row.get("wechat", {}).items()]


def _languages(said: Said) -> Iterator[str]:
    missing = [code for code in locales() if not said.get(code)]
    if missing:
        yield f"nothing in {', '.join(missing)}"


def _places(said: Said) -> Iterator[str]:
    asked = set(PLACE.findall(said.get("zh", "")))
    for language, text in said.items():
        others = set(PLACE.findall(text)) - asked
        if others:
            yield f"{language} has {', '.join(sorted(others))}, which zh does not have"


def _text(place: str, language: str, text: str, purposes: Mapping[str, int]) -> Iterator[str]:
    is_sms = place == "sms"
    names = PLACE.findall(text)
    unknown = [name for name in names if name not in (IN_SMS if is_sms else VARIABLES)]
    if unknown:
        yield f"no value {', '.join(unknown)} may stand here"
        return
    if len(names) != len(set(names)):
        yield "one value stands twice"
    if is_sms and SIDE_BY_SIDE.search(text):
        yield "two values stand side by side"
    bare = PLACE.sub("", text)
    if "{" in bare or "}" in bare:
        yield "a brace stands alone"
    if REFUSED_SIGNS.search(bare):
        yield "a sign that gateways refuse"
    if LINK.search(bare):
        yield "a link"
    screened = [word for word in (*(SCREENED if is_sms else ()), *NEVER_SAID) if word in bare]
    if screened:
        yield f"the words {', '.join(screened)}"
    most, length = _most(place, language), len(bare) + sum(_longest(one, language, purposes) for one in names)
    if length > most:
        yield f"up to {length} characters, {most} fit"


def _most(place: str, language: str) -> int:
    is_home = language == locales()[0]
    if place == "sms":
        return LONGEST_SMS if is_home else LONGEST_SMS_ELSEWHERE
    if place.startswith("wechat."):
        return WECHAT_FIELDS.get(place.removeprefix("wechat.").rstrip("0123456789"), 0)
    return (LONGEST_TITLE if place == "title" else LONGEST_BODY) * (1 if is_home else LONGEST_ELSEWHERE)


def _longest(name: str, language: str, purposes: Mapping[str, int]) -> int:
    if name == PURPOSE:
        return purposes.get(language, VARIABLES[PURPOSE].longest_elsewhere)
    variable = VARIABLES[name]
    return variable.longest if language == locales()[0] else variable.longest_elsewhere


def _longest_purposes(raw: Mapping[str, Any]) -> dict[str, int]:
    said = raw.get(PURPOSES, {}).values()
    return {code: max((len(one.get(code, "")) for one in said), default=0) for code in locales()}
