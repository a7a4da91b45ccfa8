"""What a resident fills in to have something corrected or deleted, or to ask for a dead relative's data."""

from __future__ import annotations

from wtforms import Form, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from assistance import rights
from assistance.values import Malformed, ResidentId
from infrastructure.languages import N_
from portal.forms.help_requests import tidy

LONGEST_SAYS = 500
TOO_LONG = N_("请写在 500 个字以内")


class RightsForm(Form):
    """What is meant, what is to happen, and one's own words."""

    kind = RadioField(
        choices=[(code, rights.KIND_WORDS[code]) for code in ("correction", "deletion")],
        validators=[InputRequired(N_("请选一个：改过来，还是删掉"))],
    )
    about = SelectField(validate_choice=False, validators=[InputRequired(N_("请选出是哪一类"))])
    says = StringField(
        filters=[tidy],
        validators=[
            InputRequired(N_("请写一句：哪里要改，或者哪些要删。")),
            Length(max=LONGEST_SAYS, message=TOO_LONG),
        ],
    )


class RelativeForm(Form):
    """The dead person, what they were to whoever asks, and what is asked; the picture is read apart."""

    name = StringField(filters=[tidy], validators=[InputRequired(N_("请写亲人的名字")), Length(max=60)])
    resident_id = StringField(filters=[tidy], validators=[InputRequired(N_("请写亲人的身份证号"))])
    relation = SelectField(
        choices=list(rights.RELATION_WORDS.items()), validators=[InputRequired(N_("请选出是您的什么人"))]
    )
    wants = RadioField(
        choices=list(rights.WANTS_WORDS.items()), validators=[InputRequired(N_("请选出要办什么"))]
    )
    says = StringField(filters=[tidy], validators=[Length(max=LONGEST_SAYS, message=TOO_LONG)])

    def read_number(self) -> ResidentId | None:
        """The identity number, or None with the sentence at its field."""
        try:
            return ResidentId(self.resident_id.data or "")
        except Malformed as wrong:
            self.resident_id.errors = [wrong.message]
            return None


class OwnDeletionForm(Form):
    """Which kinds are deleted at once."""

    what = SelectMultipleField(choices=list(rights.DELETION_WORDS.items()), validate_choice=False)


class WishForm(Form):
    """What is to happen with one's data after one's death."""

    wish = RadioField(choices=[("relatives", "relatives"), ("nobody", "nobody")])
