"""Checkpoints and public keys are there for everybody, in plain words and in a form that verifies."""

from __future__ import annotations

import base64
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from assistance import audit
from commands.audit import sealer_of
from infrastructure.merkle import is_consistent
from tests.assistance.audit.log import fill, let_in, tamper
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW

PAGE = "/supervision/checkpoints"


def seal(app: Flask, entries: int) -> audit.Round:
    parts = app.extensions["huimin"]
    fill(parts.database, entries)
    return sealer_of(parts).run(NOW)


def test_the_page_says_in_plain_words_what_a_checkpoint_is(client: ComplainingClient, app: Flask) -> None:
    empty = client.get(PAGE)
    assert empty.status_code == 200
    assert "还没有存证" in empty.text
    assert seal(app, 4).checkpoints == [4]
    page = client.get(PAGE).text
    assert f'href="{PAGE}/4"' in page
    assert "一共 4 笔" in page
    assert "09:00" in page
    assert "尚未存证" in page
    english = client.get(PAGE, headers={"Accept-Language": "en"}).text
    assert "not yet witnessed" in english
    assert "4 notes in all" in english
    assert f'href="{PAGE}"' in client.get("/privacy").text


def test_a_checkpoint_from_the_page_verifies_with_the_published_key(
    client: ComplainingClient, app: Flask, tmp_path: Path
) -> None:
    seal(app, 3)
    note = client.get(f"{PAGE}/3")
    assert note.mimetype == "text/plain"
    outside = app.extensions["huimin"].settings.checkpoint_dir / "000000000003.txt"
    assert note.data == outside.read_bytes()
    kid = client.get("/.well-known/jwks.json").get_json()["keys"][0]["kid"]
    key = client.get(f"/.well-known/keys/{kid}.pem")
    assert key.status_code == 200
    (tmp_path / "note.txt").write_bytes(note.data)
    (tmp_path / "key.pem").write_bytes(key.data)
    script = (
        "head -n 3 note.txt > body\n"
        "tail -n 1 note.txt | awk '{print $3}' | base64 -d | tail -c 64 > signature\n"
        "openssl pkeyutl -verify -rawin -pubin -inkey key.pem -in body -sigfile signature\n"
    )
    done = subprocess.run(["sh", "-ec", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_not_there_is_not_found(client: ComplainingClient) -> None:
    for address in (
        f"{PAGE}/7",
        f"{PAGE}/{2**70}",
        f"{PAGE}/7/cosignatures",
        f"{PAGE}/after/7",
        f"{PAGE}/after/0",
        f"{PAGE}/after/{2**70}",
        f"{PAGE}/0/to/7",
        f"{PAGE}/0/to/{2**70}",
        f"{PAGE}/{2**70}/to/0",
        "/.well-known/keys/nobody.pem",
        "/.well-known/keys/demo",
        "/.well-known/keys/.pem",
    ):
        assert client.get(address).status_code == 404


def test_between_two_checkpoints_there_is_a_proof_and_from_any_size_a_way_to_the_newest(
    client: ComplainingClient, app: Flask
) -> None:
    parts = app.extensions["huimin"]
    for at, entries in enumerate((4, 3, 9)):
        fill(parts.database, entries)
        sealer_of(parts).run(NOW + at * timedelta(minutes=10))
    notes = {size: audit.read_note(client.get(f"{PAGE}/{size}").text) for size in (4, 7, 16)}
    for old, size in ((4, 7), (4, 16), (7, 16)):
        answer = client.get(f"{PAGE}/{old}/to/{size}")
        assert (answer.status_code, answer.mimetype) == (200, "text/plain")
        assert answer.headers["Cache-Control"] == "public, max-age=86400"
        top, _, note = answer.text.partition("\n\n")
        assert top.split("\n")[0] == f"old {old}"
        proof = [base64.b64decode(line) for line in top.split("\n")[1:]]
        assert audit.read_note(note) == notes[size]
        assert is_consistent(old, size, proof, notes[old].root, notes[size].root)  # type: ignore[union-attr]
    for old, size in ((0, 16), (4, 16), (7, 16), (16, 16)):
        assert client.get(f"{PAGE}/after/{old}").location == f"{PAGE}/{old}/to/{size}"
    assert client.get(f"{PAGE}/0/to/16").text == f"old 0\n\n{client.get(f'{PAGE}/16').text}"
    for nowhere in ("5/to/16", "4/to/5", "16/to/4", "0/to/0", "4/to/17"):
        assert client.get(f"{PAGE}/{nowhere}").status_code == 404
    assert client.get(f"{PAGE}/after/5").status_code == 404


def test_what_no_longer_yields_what_was_signed_has_no_proof(client: ComplainingClient, app: Flask) -> None:
    parts = app.extensions["huimin"]
    for at in range(2):
        fill(parts.database, 3)
        sealer_of(parts).run(NOW + at * timedelta(minutes=10))
    let_in(parts.database)
    fifth = "(SELECT entry FROM audit_seals WHERE sequence = 5)"
    tamper(parts.database, f"UPDATE audit_entries SET result = 'failed' WHERE id = {fifth}")
    answer = client.get(f"{PAGE}/3/to/6")
    assert answer.status_code == 409
    assert "no proof" in answer.text


def test_proofs_are_bounded_for_each_address(
    client: ComplainingClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(app, 2)
    monkeypatch.setattr("portal.views.checkpoints.PROOFS_AN_HOUR", 2)
    answers = [client.get(f"{PAGE}/0/to/2").status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert client.get(f"{PAGE}/2").status_code == 200
