"""Every table that the models describe, gathered for comparison with the migrations."""

from __future__ import annotations

from sqlalchemy import MetaData

import assistance.assessments
import assistance.divisions
import assistance.help_requests
import assistance.policies
import web.limits  # noqa: F401
from assistance.orm import Model

METADATA: MetaData = Model.metadata
