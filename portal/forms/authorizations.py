"""What somebody fills in to agree, to start a request of one's own, and to check a receipt."""

from __future__ import annotations

from collections.abc import Callable

from wtforms import Form, SelectMultipleField, StringField

from assistance import people
from assistance.authorizations import LONGEST_STROKES
from portal.forms.sign_in import reads_as, short

LONGEST_SAID, LONGEST_NAME = 300, 100


def cut(longest: int) -> Callable[[str | None], str]:
    """A filter that leaves what nobody means any more away."""

    def cut_off(text: str | None) -> str:
        return (text or "")[:longest]

    return cut_off


class SignForm(Form):
    """Ticks for sources, the drawn or typed name, and what is asked apart of the old and about children."""

    agreed = SelectMultipleField(validate_choice=False)
    # One character more than the domain reads, so that what is too long is told and not silently cut.
    strokes = StringField(filters=[cut(LONGEST_STROKES + 1)])
    typed_name = StringField(filters=[cut(LONGEST_NAME)])
    own_will = StringField(filters=[short])
    has_company = StringField(filters=[short])
    child_said = StringField(filters=[cut(LONGEST_SAID)])
    choice = StringField(filters=[short])


class SignCodeForm(Form):
    """The six figures that were sent for exactly what was filled in."""

    code = StringField(filters=[short], validators=[reads_as(people.read_code)])


class OwnRequestForm(Form):
    """What for, and which sources."""

    purpose = StringField(filters=[short])
    sources = SelectMultipleField(validate_choice=False)


class VerifyForm(Form):
    """The code that stands on a receipt."""

    code = StringField(filters=[short])
