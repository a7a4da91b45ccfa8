"""The standards that hold for one county on one day, each with its document and issuer."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from .errors import MOST_HINTS, FactError, FactErrors, SettingError, known_alternatives
from .vocabulary import SETTING_JSON_NAMES, SETTINGS, Setting, SettingValue
from .words import Words


@dataclass(frozen=True)
class Standard:
    """One standard in force: its value, and where it comes from."""

    setting: Setting
    value: SettingValue
    document: str | None = None
    issuer_code: str | None = None
    from_on: datetime.date | None = None
    is_to_be_confirmed: bool = False
    is_sample: bool = False


class StandardsInForce:
    """What is set, by name; a name that is not set is unknown to every rule."""

    def __init__(self, standards: Mapping[str, Standard]) -> None:
        self._standards = dict(standards)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What tells two sets of standards apart."""
        return tuple(
            sorted(
                (
                    name,
                    repr(standard.value),
                    standard.document,
                    str(standard.from_on),
                    standard.is_to_be_confirmed,
                    standard.is_sample,
                )
                for name, standard in self._standards.items()
            )
        )

    def find(self, name: str) -> Standard | None:
        """The standard of that name, or the one that stands in for it, or None while neither is set."""
        standard = self._standards.get(name)
        instead = SETTINGS[name].instead
        return self._standards.get(instead) if standard is None and instead else standard

    def value(self, name: str) -> SettingValue:
        """The value of a standard, or None while it is not set."""
        standard = self.find(name)
        return None if standard is None else standard.value

    def names(self) -> list[str]:
        """The names that are set."""
        return sorted(self._standards)

    def with_given(self, given: object) -> StandardsInForce:
        """These standards, those of a request over them, which have no document; raises FactErrors."""
        if given is None or given == {}:
            return self
        if not isinstance(given, dict):
            raise FactErrors([FactError("standards", Words("应当是一个对象", "must be an object"))])
        standards = dict(self._standards)
        errors: list[FactError] = []
        for key, value in given.items():
            setting = SETTING_JSON_NAMES.get(key)
            if setting is None:
                is_helped = len(key) < 60 and len(errors) < MOST_HINTS
                hint = known_alternatives(key, SETTING_JSON_NAMES) if is_helped else ""
                path = "standards." + key[:60]
                errors.append(FactError(path, Words("没有这一项", f"no such standard; {hint}".rstrip("; "))))
                continue
            try:
                standards[setting.name] = Standard(setting, setting.read(value))
            except SettingError as error:
                errors.append(FactError(f"standards.{key}", error.message))
        if errors:
            raise FactErrors(errors)
        return StandardsInForce(standards)
