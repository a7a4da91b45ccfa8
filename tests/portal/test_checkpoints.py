"""Checkpoints and public keys are there for everybody, in plain words and in a form that verifies."""

from __future__ import annotations

import subprocess
from pathlib import Path

from flask import Flask

from assistance import audit
from commands.audit import sealer_of
from tests.assistance.audit.log import fill
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
        "/.well-known/keys/nobody.pem",
        "/.well-known/keys/demo",
        "/.well-known/keys/.pem",
    ):
        assert client.get(address).status_code == 404
