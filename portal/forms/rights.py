"""What a resident fills in to have something corrected or deleted, or to ask for a dead relative's data."""

from __future__ import annotations

from wtforms import Form, SelectMultipleField, StringField
from wtforms.validators import AnyOf, InputRequired, Length

from assistance import rights
from assistance.values import Malformed, ResidentId
from infrastructure.languages import N_
from portal.forms.help_requests import tidy

LONGEST_SAYS = 500
TOO_LONG = N_("请写在 500 个字以内")
KIND, WHICH = N_("请选一个：改过来，还是删掉"), N_("请选出是哪一类")
SAYS = N_("请写一句：哪里要改，或者哪些要删。")
RELATION, WANTS = N_("请选出是您的什么人"), N_("请选出要办什么")


class RightsForm(Form):
    """What is meant, what is to happen, and one's own words; which kinds there are is the register's."""

    whose = StringField()
    kind = StringField(validators=[AnyOf(("correction", "deletion"), message=KIND)])
    about = StringField(validators=[InputRequired(WHICH)])
    says = StringField(
        filters=[tidy], validators=[InputRequired(SAYS), Length(max=LONGEST_SAYS, message=TOO_LONG)]
    )


class RelativeForm(Form):
    """The dead person, what they were to whoever asks, and what is asked; the picture is read apart."""

    name = StringField(filters=[tidy], validators=[InputRequired(N_("请写亲人的名字")), Length(max=60)])
    resident_id = StringField(filters=[tidy], validators=[InputRequired(N_("请写亲人的身份证号"))])
    relation = StringField(validators=[AnyOf(rights.NEAR, message=RELATION)])
    wants = StringField(validators=[AnyOf(rights.WANTS, message=WANTS)])
    says = StringField(filters=[tidy], validators=[Length(max=LONGEST_SAYS, message=TOO_LONG)])

    def read_number(self) -> ResidentId | str:
        """The identity number, or the sentence that says what is wrong with it."""
        try:
            return ResidentId(self.resident_id.data or "")
        except Malformed as wrong:
            return wrong.message


class OwnDeletionForm(Form):
    """Which kinds are deleted at once."""

    what = SelectMultipleField(validate_choice=False)


class WishForm(Form):
    """What is to happen with one's data after one's death."""

    wish = StringField(validators=[AnyOf(("relatives", "nobody"))])
