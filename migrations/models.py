"""Every table that the models describe, gathered for comparison with the migrations."""

from __future__ import annotations

from sqlalchemy import MetaData

from assistance.assessments import SavedAnswers
from assistance.divisions import Division
from assistance.help_requests import HelpRequest
from assistance.orm import Model
from assistance.policies import StandardRow
from web.limits import RateLimit

MODELS: tuple[type[Model], ...] = (Division, StandardRow, RateLimit, SavedAnswers, HelpRequest)
METADATA: MetaData = Model.metadata
