"""What residents type to sign in: a number, six figures, or what stands on a slip."""

from __future__ import annotations

from collections.abc import Callable

from wtforms import BooleanField, Field, Form, StringField
from wtforms.validators import ValidationError

from assistance import people
from assistance.values import Malformed, Phone

LONGEST_READ = 60


def short(text: str | None) -> str:
    """What was typed, cut where nobody means anything any more."""
    return (text or "")[:LONGEST_READ]


def reads_as(read: Callable[[str], object]) -> Callable[[Form, Field], None]:
    """A check by the domain's own reader, whose sentence is the error."""

    def check(_form: Form, typed: Field) -> None:
        try:
            read(typed.data or "")
        except Malformed as error:
            raise ValidationError(error.message) from error

    return check


class PhoneForm(Form):
    """A telephone number, and whether it is one's own telephone that is used here."""

    phone = StringField(filters=[short], validators=[reads_as(Phone)])
    own_phone = BooleanField()


class CodeForm(Form):
    """The six figures of a text message."""

    code = StringField(filters=[short], validators=[reads_as(people.read_code)])


class SlipForm(Form):
    """The eight figures of a slip, and the end of the identity number of whom it was made out to."""

    slip = StringField(filters=[short], validators=[reads_as(people.read_slip)])
    last_of_number = StringField(filters=[short], validators=[reads_as(people.read_last_of_number)])
