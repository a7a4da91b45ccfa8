"""Reads a condition as a catalogue writes it, such as `income_ratio < 1 and not non_residential`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NoReturn

from .conditions import (
    Both,
    Condition,
    CountyIs,
    CountyLine,
    Either,
    Flag,
    Intersects,
    Judged,
    Members,
    NotEmpty,
    NumberIn,
    OneOf,
    Opposite,
    Procedure,
    Received,
)
from .errors import ConditionError, known_alternatives
from .sums import DERIVED, Sum, compare
from .vocabulary import FACT_NAMES, SETTINGS, Fact

WORD_SETS: Mapping[str, frozenset[str]] = {
    # A parent in one of these states cannot raise the child (民发〔2019〕62号).
    "BAD": frozenset(
        [
            "severe_disability",
            "severe_illness",
            "prison",
            "detox",
            "restrained",
            "lost_contact",
            "removed_custody",
        ]
    ),
}
STATUS_WORDS = FACT_NAMES["status"].options
MEMBER_STATUSES = ("dibao", "tekun")

_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*)|(<=|>=|==|!=|[-<>+*()\[\],:]))"
)
_WORDY = ("received", "judged", "procedure")
_OPERATOR_LETTERS = frozenset("=!<>&|~^%/?")
_COMPARISONS = ("<", "<=", "==", "!=", ">", ">=")


class _Reader:
    """A recursive descent over one line; `in_member` says whether a person stands before it."""

    def __init__(self, text: str, in_member: bool, policies: frozenset[str]) -> None:
        self.text = text
        self.at = 0
        self.in_member = in_member
        self.policies = policies
        self.person: str | None = None

    def fail(self, message: str) -> NoReturn:
        raise ConditionError(f"{message} (in “{self.text}”)")

    def peek(self) -> str:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            rest = self.text[self.at :].strip()
            if rest[:1] in _OPERATOR_LETTERS:
                operator = rest[: len(rest) - len(rest.lstrip("".join(_OPERATOR_LETTERS)))]
                self.fail(f"unknown operator “{operator}”; known: {', '.join(_COMPARISONS)}, and, or, not")
            if rest:
                self.fail(f"cannot read “{rest[:20]}”")
            return ""
        return match.group(0).strip()

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        if expected is not None and token != expected:
            self.fail(f"expected “{expected}” before “{token or 'the end'}”")
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            self.fail("the line ends too early")
        self.at = match.end()
        return token

    def accept(self, token: str) -> bool:
        if self.peek() == token:
            self.take()
            return True
        return False

    def words_in_brackets(self) -> str:
        self.take("(")
        depth, start = 1, self.at
        for place in range(start, len(self.text)):
            depth += {"(": 1, ")": -1}.get(self.text[place], 0)
            if depth == 0:
                self.at = place + 1
                return self.text[start:place].strip()
        self.fail("a bracket is not closed")

    def either(self) -> Condition:
        parts = [self.both()]
        while self.accept("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self) -> Condition:
        parts = [self.opposite()]
        while self.accept("and"):
            parts.append(self.opposite())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def opposite(self) -> Condition:
        return Opposite(self.opposite()) if self.accept("not") else self.one()

    def one(self) -> Condition:
        word = self.peek()
        if word == "(":
            self.take()
            inner = self.either()
            self.take(")")
            return inner
        if word in ("exists", "every", "no"):
            return self.members(self.take())
        if word == "count":
            return self.count()
        if word in _WORDY:
            return self.wordy(self.take())
        if word == "county":
            return self.county()
        return self.test()

    def members(self, quantifier: str) -> Condition:
        inner = self.person_part()
        return Members(quantifier, inner)

    def person_part(self) -> Condition:
        self.take("member")
        outer, self.person = (self.in_member, self.person), self.take()
        self.in_member = True
        self.take(":")
        inner = self.either()
        self.in_member, self.person = outer
        return inner

    def count(self) -> Condition:
        self.take()
        self.take("(")
        inner = self.person_part()
        self.take(")")
        operator = self.take()
        if operator not in _COMPARISONS:
            self.fail(f"a count is compared by one of {', '.join(_COMPARISONS)}")
        number = self.take()
        if not number.isdigit():
            self.fail("a count is compared with a whole number")
        return Members("count", inner, operator, int(number))

    def wordy(self, kind: str) -> Condition:
        words = self.words_in_brackets()
        if not words:
            self.fail(f"{kind}() says nothing")
        if kind == "judged":
            return Judged(words)
        if kind == "procedure":
            return Procedure(words)
        is_code = re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", words) is not None
        if is_code and words not in self.policies:
            self.fail(f"unknown policy “{words}”; {known_alternatives(words, self.policies)}")
        if is_code and not self.in_member:
            self.fail("a policy's code is received by a person: say it of a member")
        if words in STATUS_WORDS and self.in_member and words not in MEMBER_STATUSES:
            self.fail(f"a person receives one of {', '.join(MEMBER_STATUSES)} or a policy's code")
        return Received(words, self.in_member)

    def county(self) -> Condition:
        self.take()
        if self.accept("=="):
            code = self.take()
            if re.fullmatch(r"\d{6}", code) is None:
                self.fail(f"a county is named by its six digits, not by “{code}”")
            return CountyIs(code)
        self.take("(")
        setting = self.setting(self.take())
        self.take(":")
        inner = self.either()
        self.take(")")
        return CountyLine(setting, inner)

    def setting(self, token: str) -> str:
        name = token.removeprefix("local.")
        if name == token or name not in SETTINGS:
            self.fail(f"unknown standard “{token}”; {known_alternatives(name, SETTINGS)}")
        return name

    def fact(self, token: str) -> Fact:
        name = token
        if self.person is not None and token.startswith(self.person + "."):
            name = token.partition(".")[2]
        fact = FACT_NAMES.get(name)
        if fact is None:
            if not name[:1].isalpha():
                self.fail(f"expected a fact or a number, not “{token}”")
            owners = ", ".join(known.name for known in FACT_NAMES.values() if token in known.options)
            hint = known_alternatives(name, [*FACT_NAMES, *DERIVED])
            self.fail(f"unknown fact “{token}”{f', a value of {owners}' if owners else ''}; {hint}")
        if fact.subject == "member" and not self.in_member:
            self.fail(f"“{token}” belongs to a member: say exists, every, no or count member")
        return fact

    def test(self) -> Condition:
        start, token = self.at, self.peek()
        name = token.rpartition(".")[2] if self.person and token.startswith(self.person + ".") else token
        if name not in DERIVED and not token[:1].isdigit() and not token.startswith("local."):
            fact = self.fact(self.take())
            if not fact.is_number:
                return self.word_test(fact)
            found = self.number_test(fact)
            if found is not None:
                return found
            self.at = start
        return self.comparison()

    def number_test(self, fact: Fact) -> Condition | None:
        negative = False
        if self.peek() == "not":
            self.take()
            negative = True
        if self.accept("in"):
            values = frozenset(self.whole(word) for word in self.list())
            test = NumberIn(fact, values)
            return Opposite(test) if negative else test
        if self.accept("between"):
            low = self.sum()
            self.take("and")
            high = self.sum()
            own = Sum.of_fact(fact)
            inside = Both((compare(own, ">=", low, self.text), compare(own, "<=", high, self.text)))
            return Opposite(inside) if negative else inside
        if negative:
            self.fail(f"“{fact.name}” is a number")
        return None

    def whole(self, word: str) -> int:
        if not word.isdigit():
            self.fail(f"“{word}” is not a whole number")
        return int(word)

    def word_test(self, fact: Fact) -> Condition:
        operator = self.peek()
        if fact.kind == "bool":
            if operator in (*_COMPARISONS, "in", "includes", "intersects"):
                self.fail(f"“{fact.name}” is yes or no: write it alone, or after “not”")
            return Flag(fact)
        if fact.kind == "enum":
            if operator in ("==", "!="):
                self.take()
                test: Condition = OneOf(fact, frozenset([self.option(fact, self.take())]))
                return test if operator == "==" else Opposite(test)
            negative = self.accept("not")
            if self.accept("in"):
                test = OneOf(fact, self.options(fact))
                return Opposite(test) if negative else test
            self.fail(f"“{fact.name}” is tested by ==, != or in, not by “{operator}”")
        if operator == "includes":
            self.take()
            return Intersects(fact, frozenset([self.option(fact, self.take())]))
        if operator == "intersects":
            self.take()
            if self.peek().startswith("local."):
                name = self.setting(self.take())
                if SETTINGS[name].kind != "words":
                    self.fail(f"“local.{name}” is not a list of words")
                return Intersects(fact, frozenset(), name)
            return Intersects(fact, self.options(fact))
        if operator == "not":
            self.take()
            self.take("empty")
            return NotEmpty(fact)
        self.fail(f"“{fact.name}” is tested by includes, intersects or not empty, not by “{operator}”")

    def options(self, fact: Fact) -> frozenset[str]:
        if self.peek().startswith("sets."):
            name = self.take().removeprefix("sets.")
            if name not in WORD_SETS:
                self.fail(f"unknown list “sets.{name}”; {known_alternatives(name, WORD_SETS)}")
            return WORD_SETS[name]
        return frozenset(self.option(fact, word) for word in self.list())

    def option(self, fact: Fact, word: str) -> str:
        if word not in fact.options:
            self.fail(f"“{word}” is not a value of “{fact.name}”; {known_alternatives(word, fact.options)}")
        return word

    def list(self) -> list[str]:
        self.take("[")
        words = [self.take()]
        while self.accept(","):
            words.append(self.take())
        self.take("]")
        return words

    def comparison(self) -> Condition:
        left = self.sum()
        operator = self.take() if self.peek() else ""
        if operator not in _COMPARISONS:
            self.fail(f"unknown operator “{operator or 'the end'}”; known: {', '.join(_COMPARISONS)}")
        return compare(left, operator, self.sum(), self.text)

    def sum(self) -> Sum:
        total = self.product()
        while self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            total = total.plus(self.product(), sign)
        return total

    def product(self) -> Sum:
        total = self.factor()
        while self.accept("*"):
            total = total.times(self.factor())
        return total

    def factor(self) -> Sum:
        token = self.take()
        if token[0].isdigit():
            return Sum.of_number(Fraction(token))
        if token.startswith("local."):
            name = self.setting(token)
            if SETTINGS[name].kind not in ("money", "number", "years", "by_sex"):
                self.fail(f"“{token}” is not a number")
            return Sum.of_standard(name)
        name = token.rpartition(".")[2] if self.person and token.startswith(self.person + ".") else token
        if name in DERIVED:
            return Sum.of_derived(name)
        fact = self.fact(token)
        if not fact.is_number:
            self.fail(f"“{token}” is not a number")
        return Sum.of_fact(fact)


def read_condition(text: str, *, in_member: bool = False, policies: Sequence[str] = ()) -> Condition:
    """Read one condition; raises ConditionError naming the mistake and what is known.

    `in_member` says that the line is asked of each member; `policies` are the codes that may be received.
    """
    reader = _Reader(text, in_member, frozenset(policies))
    condition = reader.either()
    if reader.peek():
        reader.fail(f"does not understand “{reader.peek()}” here")
    return condition
