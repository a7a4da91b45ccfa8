"""Electronic authorisation (电子授权): no authorisation, no query."""

from assistance.authorizations.models import (
    Authorization,
    AuthorizationPart,
    AuthorizationRequest,
    PaperSignature,
)

__all__ = ["Authorization", "AuthorizationPart", "AuthorizationRequest", "PaperSignature"]
