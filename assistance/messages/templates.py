"""The texts of all messages, read from one file and checked whole before the first is used."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistance.messages.variables import PURPOSE, VARIABLES

FILE = Path(__file__).with_name("templates.toml")
PLACE = re.compile(r"\{([^{}]*)\}")
PURPOSES = "purposes"
CHINESE = "zh"


class Template(StrEnum):
    """Every message that the house can send."""

    SIGN_IN_CODE = "sign_in_code"
    STEP_UP_CODE = "step_up_code"
    BIND_CODE = "bind_code"
    SIGN_CODE = "sign_code"
    AUTHORIZATION_ASKED = "authorization_asked"
    AUTHORIZATION_REMINDER = "authorization_reminder"
    SIGNED_WITH_STAFF = "signed_with_staff"
    ALL_SIGNED = "all_signed"
    AUTHORIZATION_WITHDRAWN = "authorization_withdrawn"
    AUTHORIZATION_ENDED = "authorization_ended"
    REPORT_READY = "report_ready"
    REPORT_COMPLETED = "report_completed"
    CORRECTION_ANSWERED = "correction_answered"
    RIGHTS_ANSWERED = "rights_answered"
    OBJECTION_ANSWERED = "objection_answered"
    NUMBER_CHANGED = "number_changed"
    NEW_DEVICE = "new_device"
    FULL_NUMBER_SEEN = "full_number_seen"


Said = Mapping[str, str]
"""One sentence by language."""


@dataclass(frozen=True)
class Texts:
    """What one template says on each way; a way that it does not take is empty."""

    template: Template
    words: str
    is_code: bool
    sms: Said
    title: Said
    body: Said
    wechat: Mapping[str, Said]
    purposes: Mapping[str, Said]

    @property
    def variables(self) -> frozenset[str]:
        """The values that the caller gives, whichever way the message goes."""
        return frozenset(name for text in self.sentences() for name in PLACE.findall(text))

    def sentences(self) -> list[str]:
        """Every sentence in every language."""
        return [
            text
            for said in (self.sms, self.title, self.body, *self.wechat.values())
            for text in said.values()
        ]

    def sms_values(self, values: Mapping[str, str], language: str) -> dict[str, str]:
        """The values of the text message as they are shown, in the order of their places."""
        text = in_language(self.sms, language)
        return {name: self.shown(name, values[name], language) for name in PLACE.findall(text)}

    def sms_text(self, values: Mapping[str, str], language: str) -> str:
        """The text message as the person reads it, without the sender's signature."""
        return self._filled(in_language(self.sms, language), values, language)

    def in_app(self, values: Mapping[str, str], language: str) -> tuple[str, str]:
        """Title and body among the person's own messages."""
        said = (in_language(self.title, language), in_language(self.body, language))
        return self._filled(said[0], values, language), self._filled(said[1], values, language)

    def wechat_fields(self, values: Mapping[str, str], language: str) -> dict[str, str]:
        """The fields of the subscribe message."""
        return {
            name: self._filled(in_language(said, language), values, language)
            for name, said in self.wechat.items()
        }

    def provider_id(self, language: str) -> str:
        """What the gateway calls this text: each language is registered there on its own."""
        has_own = language in self.sms and language != "zh"
        return f"{self.template.value}.{language}" if has_own else self.template.value

    def shown(self, name: str, value: str, language: str) -> str:
        """A value as it stands in the text."""
        if name == PURPOSE:
            return in_language(self.purposes[value], language)
        return VARIABLES[name].shown(value, language)

    def _filled(self, text: str, values: Mapping[str, str], language: str) -> str:
        return PLACE.sub(lambda place: self.shown(place[1], values[place[1]], language), text)


def in_language(said: Said, language: str) -> str:
    """A sentence in this language, or in Chinese where there is none."""
    return said.get(language) or said[CHINESE]


class TemplatesError(Exception):
    """The file of texts cannot be used as it is; the message lists every fault."""


@lru_cache(maxsize=1)
def all_texts() -> Mapping[Template, Texts]:
    """Every template's texts, checked; TemplatesError where one could not be sent as it stands."""
    from assistance.messages.lint import find_faults

    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    faults = find_faults(raw)
    if faults:
        raise TemplatesError("\n".join(f"{FILE.name}: {fault}" for fault in faults))
    return {template: read_texts(raw, template) for template in Template}


def texts_of(template: Template) -> Texts:
    """What one template says."""
    return all_texts()[template]


def read_texts(raw: Mapping[str, Any], template: Template) -> Texts:
    """One template of a file that has been checked."""
    row = raw[template.value]
    return Texts(
        template,
        row["words"],
        row.get("is_code", False),
        row.get("sms", {}),
        row.get("title", {}),
        row.get("body", {}),
        row.get("wechat", {}),
        raw.get(PURPOSES, {}),
    )
