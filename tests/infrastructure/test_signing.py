"""What is signed verifies with the public half alone, by OpenSSL too."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infrastructure.settings import DEFAULT_SIGNING_KEYS, SettingsError, load_settings
from infrastructure.signed_notes import WITNESS, verifier_of
from infrastructure.signing import SigningKeys

KEYS = SigningKeys({"a": b"a" * 32, "b": b"b" * 32})


def test_the_key_given_last_signs_and_all_verify() -> None:
    assert KEYS.signing_kid == "b"
    assert KEYS.kids() == ["a", "b"]
    signature = KEYS.sign(b"text")
    assert KEYS.verify("b", b"text", signature)
    assert not KEYS.verify("a", b"text", signature)
    assert not KEYS.verify("c", b"text", signature)
    assert not KEYS.verify("b", b"texu", signature)
    assert not KEYS.verify("b", b"text", signature[:-1])
    assert SigningKeys({"a": b"a" * 32}).verify("a", b"old", SigningKeys({"a": b"a" * 32}).sign(b"old"))


def test_public_keys_are_published_without_the_private_half() -> None:
    key = KEYS.jwks()["keys"][0]
    assert {name: key[name] for name in ("kty", "crv", "alg", "kid", "use")} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "kid": "a",
        "use": "sig",
    }
    assert "d" not in key
    assert len(base64.urlsafe_b64decode(key["x"] + "=")) == 32
    assert KEYS.pem(
        "a",
    ).startswith("-----BEGIN PUBLIC KEY-----")  # type: ignore[union-attr]
    assert KEYS.pem("nobody") is None


def test_openssl_verifies_with_nothing_but_the_public_key(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"three\nlines\nhere\n")
    (tmp_path / "signature").write_bytes(KEYS.sign(b"three\nlines\nhere\n"))
    (tmp_path / "key.pem").write_text(KEYS.pem("b") or "")
    command = [*("openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key.pem")]
    command += ["-in", "body", "-sigfile", "signature"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "body").write_bytes(b"three\nlines\nthere\n")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_signing_keys_come_from_a_file_and_the_demo_key_is_refused_in_production(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(
        "\n".join(f"{kid}:{base64.b64encode(kid.encode() * 8).decode()}" for kid in ("2026", "2027"))
    )
    settings = load_settings({"HUIMIN_SIGNING_KEYS_FILE": str(path), "HUIMIN_CHECKPOINT_DIR": "/witness"})
    assert list(settings.signing_keys) == ["2026", "2027"]
    assert "SIGNING" not in "".join(settings.unsafe_for_production())
    assert "CHECKPOINT" not in "".join(settings.unsafe_for_production())
    demo = load_settings({})
    assert demo.signing_keys == DEFAULT_SIGNING_KEYS
    assert "huimin-demo-signing-key" not in repr(demo)
    problems = "\n".join(demo.unsafe_for_production())
    assert "HUIMIN_SIGNING_KEYS_FILE" in problems
    assert "HUIMIN_CHECKPOINT_DIR" in problems
    named = load_settings({"HUIMIN_SIGNING_KEYS": f"k:{base64.b64encode(b'x' * 32).decode()}"})
    assert "HUIMIN_SIGNING_KEYS stands in the environment" in "\n".join(named.unsafe_for_production())


@pytest.mark.parametrize(
    "raw", ["nokey", "k:zz", "K:" + "A" * 44, f"k:{base64.b64encode(b'x' * 31).decode()}"]
)
def test_a_signing_key_of_the_wrong_form_is_named(raw: str) -> None:
    with pytest.raises(SettingsError, match="HUIMIN_SIGNING_KEYS"):
        load_settings({"HUIMIN_SIGNING_KEYS": raw})


WITNESS_KEY = str(verifier_of(Ed25519PrivateKey.from_private_bytes(b"w" * 32), "w.example/1", WITNESS))
OTHER_KEY = str(verifier_of(Ed25519PrivateKey.from_private_bytes(b"v" * 32), "v.example/1", WITNESS))


def test_witnesses_are_known_by_the_line_that_they_hand_over(tmp_path: Path) -> None:
    named = {"HUIMIN_WITNESS_KEYS": f"{WITNESS_KEY}, {OTHER_KEY}", "HUIMIN_COSIGNATURE_DIR": str(tmp_path)}
    settings = load_settings(named)
    assert [key.name for key in settings.witness_keys] == ["w.example/1", "v.example/1"]
    assert settings.cosignature_dir == tmp_path
    assert load_settings({}).witness_keys == ()
    assert load_settings({"HUIMIN_INSTANCE_DIR": "/there"}).cosignature_dir == Path("/there/cosignatures")


@pytest.mark.parametrize(
    "raw", ["w.example/1", WITNESS_KEY[:-5], f"{WITNESS_KEY} {WITNESS_KEY}", str(KEYS.verifier("a", "log/a"))]
)
def test_a_witness_key_of_the_wrong_form_is_named(raw: str) -> None:
    with pytest.raises(SettingsError, match="HUIMIN_WITNESS_KEYS"):
        load_settings({"HUIMIN_WITNESS_KEYS": raw})
