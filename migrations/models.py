"""Every table that the models describe, gathered for comparison with the migrations."""

from __future__ import annotations

from sqlalchemy import MetaData

import web.limits  # noqa: F401
from assistance.orm import Model

METADATA: MetaData = Model.metadata
