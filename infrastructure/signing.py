"""Ed25519 keys by id: what is signed with them can be checked by anybody who has the public half."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import OKPAlgorithm

from infrastructure.signed_notes import LOG, Verifier


class SigningKeys:
    """The keys of this installation: the one given last signs, all verify."""

    def __init__(self, seeds: Mapping[str, bytes]) -> None:
        if not seeds:
            raise ValueError("at least one signing key is needed")
        private = {kid: Ed25519PrivateKey.from_private_bytes(seed) for kid, seed in seeds.items()}
        self.signing_kid, self._signing = list(private.items())[-1]
        self._public: dict[str, Ed25519PublicKey] = {kid: key.public_key() for kid, key in private.items()}

    def sign(self, message: bytes) -> bytes:
        """The signature of the newest key, which is named `signing_kid`."""
        return self._signing.sign(message)

    def verify(self, kid: str, message: bytes, signature: bytes) -> bool:
        """Whether the key of this id has signed exactly this message."""
        public = self._public.get(kid)
        if public is None:
            return False
        try:
            public.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def private_key(self) -> Ed25519PrivateKey:
        """The key that signs, for a library that signs by itself."""
        return self._signing

    def public_key(self, kid: str) -> Ed25519PublicKey | None:
        """The public half of one key, for a library that verifies by itself."""
        return self._public.get(kid)

    def kids(self) -> list[str]:
        """The ids of all keys, in the order in which they were given."""
        return list(self._public)

    def pem(self, kid: str) -> str | None:
        """One public key as OpenSSL reads it."""
        public = self._public.get(kid)
        if public is None:
            return None
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def jwks(self) -> dict[str, Any]:
        """All public keys as a JSON Web Key Set (RFC 8037)."""
        return {
            "keys": [
                {**OKPAlgorithm.to_jwk(public, as_dict=True), "use": "sig", "alg": "EdDSA", "kid": kid}
                for kid, public in self._public.items()
            ]
        }

    def hint(self, kid: str, name: str) -> bytes:
        """Four bytes by which a signed note names its key (C2SP signed-note); a hint, never a proof."""
        return self.verifier(kid, name).key_id

    def verifier(self, kid: str, name: str) -> Verifier:
        """One public key under the name that signed notes give it, to be handed to witnesses."""
        return Verifier(name, LOG, self._public[kid].public_bytes(Encoding.Raw, PublicFormat.Raw))
