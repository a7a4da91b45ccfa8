"""Electronic authorisation (电子授权): no authorisation, no query."""

from assistance.authorizations.models import (
    Authorization,
    AuthorizationPart,
    AuthorizationRequest,
    PaperSignature,
)
from assistance.authorizations.sources import (
    PURPOSE_WORDS,
    ROUTE_WORDS,
    Approval,
    Article,
    DataItem,
    DataSource,
    Sources,
)
from assistance.authorizations.sources_file import (
    COUNTY_FILE,
    SourcesError,
    data_sources,
    read_register,
    sources_of,
)

__all__ = [
    "COUNTY_FILE",
    "PURPOSE_WORDS",
    "ROUTE_WORDS",
    "Approval",
    "Article",
    "Authorization",
    "AuthorizationPart",
    "AuthorizationRequest",
    "DataItem",
    "DataSource",
    "PaperSignature",
    "Sources",
    "SourcesError",
    "data_sources",
    "read_register",
    "sources_of",
]
