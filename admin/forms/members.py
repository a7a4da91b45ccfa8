"""What an officer types about how a member signs in."""

from __future__ import annotations

from wtforms import BooleanField, Form, StringField
from wtforms.validators import DataRequired, ValidationError

from assistance.values import Malformed, Phone
from infrastructure.languages import N_

LONGEST_READ = 60


def short(text: str | None) -> str:
    """What was typed, cut where nobody means anything any more."""
    return (text or "")[:LONGEST_READ]


def is_phone(_form: Form, typed: StringField) -> None:
    """A mobile number of eleven figures."""
    try:
        Phone(typed.data or "")
    except Malformed as wrong:
        raise ValidationError(wrong.message) from wrong


class MemberPhoneForm(Form):
    """The number, and that the person and the identity card were seen."""

    phone = StringField(filters=[short], validators=[is_phone])
    seen = BooleanField(validators=[DataRequired(N_("要先看过本人和身份证，才能登记"))])
