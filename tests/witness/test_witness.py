"""A second organisation cosigns only what continues what it has seen, and refuses loudly everything else."""

from __future__ import annotations

import base64
import dataclasses
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from assistance import audit
from assistance.audit.checkpoints import make_checkpoint
from commands.audit import sealer_of
from infrastructure.signed_notes import WITNESS, Verifier, read_cosigned, read_verifier
from tests.assistance.audit.log import fill, let_in, tamper
from tests.assistance.audit.test_verifying import rewrite_everything
from tests.browser.site import serving
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from witness.__main__ import main
from witness.judging import Refused, judge
from witness.keeping import HEAD, Broken, Kept, make, read
from witness.rounds import Answer, Fetch, Unreachable, run

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "http://localhost"
PAGE = "/supervision/checkpoints"


def asker(client: ComplainingClient) -> Fetch:
    """The network: it leads to the application itself."""

    def ask(address: str) -> Answer:
        answer = client.get(address.removeprefix(ADDRESS), follow_redirects=True)
        return Answer(answer.status_code, answer.text)

    return ask


@pytest.fixture
def grow(app: Flask) -> Callable[[int], int]:
    """Write entries, seal them and sign a checkpoint; it says the newest size."""
    parts = app.extensions["huimin"]
    minutes = iter(range(0, 10_000, 10))

    def grow(entries: int) -> int:
        fill(parts.database, entries)
        sizes: list[int] = sealer_of(parts).run(NOW + timedelta(minutes=next(minutes))).checkpoints
        return sizes[-1]

    return grow


@pytest.fixture
def kept(client: ComplainingClient, grow: Callable[[int], int], tmp_path: Path) -> Kept:
    """A witness that was set up with what the public page shows, and has seen nothing yet."""
    grow(5)
    found = re.search(r">([^<>\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+)<", client.get(PAGE).text)
    assert found is not None
    return make(tmp_path / "witness", "discipline.example/w1", ADDRESS, found[1])


def clock() -> int:
    return int(NOW.timestamp())


def believe(app: Flask, monkeypatch: pytest.MonkeyPatch, *witnesses: Verifier) -> Path:
    """Tell the service whom to believe, and return the folder where cosignatures are placed."""
    parts = app.extensions["huimin"]
    folder: Path = parts.settings.checkpoint_dir.parent / "cosignatures"
    settings = dataclasses.replace(parts.settings, cosignature_dir=folder, witness_keys=witnesses)
    monkeypatch.setitem(app.extensions, "huimin", dataclasses.replace(parts, settings=settings))
    return folder


def report(app: Flask) -> audit.Report:
    parts = app.extensions["huimin"]
    cosignatures = audit.cosignatures_of(parts.settings)
    return audit.verify(sealer_of(parts), NOW, cosignatures=cosignatures)


def test_a_witness_follows_the_log_and_the_service_shows_and_verifies_its_cosignatures(
    app: Flask,
    client: ComplainingClient,
    kept: Kept,
    grow: Callable[[int], int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    folder = believe(app, monkeypatch, read_verifier(str(kept.verifier), WITNESS))
    assert "联署：" not in client.get(PAGE).text
    first = run(kept, clock, asker(client), folder)
    assert len(first) == 1
    grow(3)
    newest = grow(9)
    assert run(kept, clock, asker(client), folder) == [newest]
    assert run(kept, clock, asker(client), folder) == []
    done = report(app)
    assert done.problems == []
    assert (done.cosignatures, done.cosigned) == (2, newest)
    page = client.get(PAGE).text
    assert "联署：discipline.example/w1" in page
    assert str(kept.verifier) in page
    told = read_cosigned(client.get(f"{PAGE}/{newest}/cosignatures").text)
    assert told is not None
    assert told[1][0].is_good(kept.verifier, told[0].body)
    result = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert f"到第 {newest} 号封存，有见证单位联署。" in result.output
    # The text that copies are held against stays as it was, to the byte.
    assert client.get(f"{PAGE}/{newest}").text.count("\u2014") == 1


def test_who_remakes_every_hash_signature_and_copy_is_still_found_by_the_witness(
    app: Flask,
    client: ComplainingClient,
    kept: Kept,
    grow: Callable[[int], int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = believe(app, monkeypatch, kept.verifier)
    parts = app.extensions["huimin"]
    run(kept, clock, asker(client), folder)
    head = (kept.folder / HEAD).read_bytes()
    # Somebody with the database, the field keys, the signing keys and the folder of copies.
    let_in(parts.database)
    rewrite_everything(parts.database, parts.cipher, 2)
    with parts.database.reading() as session:
        sizes = list(session.scalars(text("SELECT size FROM audit_checkpoints ORDER BY size")))
    tamper(parts.database, "DELETE FROM audit_checkpoints")
    for copy in parts.settings.checkpoint_dir.iterdir():
        copy.unlink()
    sealer = sealer_of(parts)
    with parts.database.transaction() as session:
        made = make_checkpoint(session, parts.signing_keys, sealer.origin, now=NOW, copies=sealer.copies)
    assert made is not None
    assert [made.size] == sizes
    sealer.copies.write(made)
    # The bad twin: with copies alone everything now looks as it should.
    assert audit.verify(sealer, NOW).is_sound
    found = report(app)
    assert [problem.place for problem in found.problems] == ["cosignature"]
    assert found.problems[0].reference == "discipline.example/w1"
    assert found.cosigned == 0
    assert main(["run", str(kept.folder), "--into", str(folder)], asker(client)) == 1
    assert "拒绝联署" in capsys.readouterr().err
    grow(4)
    assert main(["run", str(kept.folder)], asker(client)) == 1
    told = capsys.readouterr().err
    assert "接不上" in told
    assert (kept.folder / HEAD).read_bytes() == head
    evidence = [path.read_text() for path in (kept.folder / "refused").iterdir()]
    assert len(evidence) == 2
    assert all(one.startswith(f"old {sizes[0]}\n") for one in evidence)


def test_a_log_that_no_longer_has_what_was_seen_is_refused(
    app: Flask, client: ComplainingClient, kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    run(kept, clock, asker(client))
    database = app.extensions["huimin"].database
    let_in(database)
    tamper(database, "DELETE FROM audit_checkpoints")
    assert main(["run", str(kept.folder)], asker(client)) == 1
    assert "被截短过" in capsys.readouterr().err
    assert kept.head() is not None


def test_an_entry_changed_between_two_checkpoints_has_no_proof_and_is_refused(
    app: Flask, client: ComplainingClient, kept: Kept, grow: Callable[[int], int]
) -> None:
    run(kept, clock, asker(client))
    size = grow(6)
    database = app.extensions["huimin"].database
    let_in(database)
    within = "(SELECT entry FROM audit_seals WHERE sequence = :s)"
    tamper(database, f"UPDATE audit_entries SET actor_ref = 'x' WHERE id = {within}", s=size - 1)
    with pytest.raises(Refused, match="自己也证明不了"):
        run(kept, clock, asker(client))


def test_a_service_that_is_away_is_asked_again_and_a_fresh_one_waited_for(
    client: ComplainingClient, kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    for status in (429, 500, 503):
        assert main(["run", str(kept.folder)], lambda _, status=status: Answer(status, "")) == 2
    assert run(kept, clock, lambda _: Answer(404, "")) == []
    assert kept.head() is None
    assert "下一轮再问" in capsys.readouterr().err
    with pytest.raises(Unreachable):
        run(dataclasses.replace(kept, address="http://127.0.0.1:1"), clock)


def test_nothing_but_the_true_answer_is_cosigned_whatever_is_changed_in_it(
    client: ComplainingClient, kept: Kept, grow: Callable[[int], int]
) -> None:
    run(kept, clock, asker(client))
    head = kept.head()
    assert head is not None
    grow(11)
    answer = asker(client)(f"{ADDRESS}{PAGE}/after/{head.size}").text
    true = judge(head, answer, kept.origin, kept.log_keys)
    whole, lot, refused = answer.encode(), random.Random(17), 0
    for _ in range(3000):
        at = lot.randrange(len(whole))
        changed = whole[:at] + bytes([whole[at] ^ (1 << lot.randrange(8))]) + whole[at + 1 :]
        try:
            assert judge(head, changed.decode(errors="replace"), kept.origin, kept.log_keys) == true
        except Refused:
            refused += 1
    # A hint of the key and the last bits of base64 decide nothing.
    assert refused > 2500


def test_answers_about_another_head_another_log_or_an_older_one_are_refused(
    client: ComplainingClient, kept: Kept, grow: Callable[[int], int]
) -> None:
    run(kept, clock, asker(client))
    early = kept.head()
    assert early is not None
    newest = grow(6)
    run(kept, clock, asker(client))
    head = kept.head()
    assert head is not None
    ask = asker(client)
    older = client.get(f"{PAGE}/{early.size}").text
    answers = {
        "证明是从": ask(f"{ADDRESS}{PAGE}/{early.size}/to/{newest}").text,
        "日志变短了": f"old {newest}\n\n{older}",
        "接不上": ask(f"{ADDRESS}{PAGE}/{early.size}/to/{newest}").text,
        "格式不对": "<html>",
    }
    for why, answer in answers.items():
        seen = dataclasses.replace(early, root=b"f" * 32) if why == "接不上" else head
        with pytest.raises(Refused, match=why):
            judge(seen, answer, kept.origin, kept.log_keys)
    good = ask(f"{ADDRESS}{PAGE}/{early.size}/to/{newest}").text
    for origin, keys, why in ((kept.origin + "x", kept.log_keys, "另一本"), (kept.origin, (), "没有这本")):
        with pytest.raises(Refused, match=why):
            judge(early, good, origin, keys)
    part = base64.b64encode(b"p" * 32).decode()
    longer = good.replace("\n\n", f"\n{part}\n\n", 1)
    for bad in (longer, good.replace("old ", "old 0"), good.replace("old", "new")):
        with pytest.raises(Refused):
            judge(early, bad, kept.origin, kept.log_keys)
    with pytest.raises(Refused, match="不该有证明"):
        judge(None, f"old 0\n{part}\n\n{older}", kept.origin, kept.log_keys)


def test_a_head_that_somebody_has_touched_is_never_built_upon(
    client: ComplainingClient, kept: Kept, grow: Callable[[int], int]
) -> None:
    run(kept, clock, asker(client))
    note = (kept.folder / HEAD).read_text()
    grow(5)
    for changed in ("", note.split("\n\n")[0], client.get(f"{PAGE}/{kept.head().size}").text):  # type: ignore[union-attr]
        (kept.folder / HEAD).write_text(changed)
        assert main(["run", str(kept.folder)], asker(client)) == 2
        assert (kept.folder / HEAD).read_text() == changed
    (kept.folder / HEAD).write_text(note)
    assert main(["run", str(kept.folder)], asker(client)) == 0


def test_a_head_that_is_lost_is_not_taken_for_one_that_never_was(
    client: ComplainingClient, kept: Kept, grow: Callable[[int], int], capsys: pytest.CaptureFixture[str]
) -> None:
    run(kept, clock, asker(client))
    (placed,) = (kept.folder / "cosigned").iterdir()
    grow(5)
    (kept.folder / HEAD).unlink()
    for verb in ("run", "show"):
        assert main([verb, str(kept.folder)], asker(client)) == 2
        assert "不见了" in capsys.readouterr().err
    assert not (kept.folder / HEAD).exists()
    # What was cosigned last is as good as the head itself.
    (kept.folder / HEAD).write_bytes(placed.read_bytes())
    assert main(["run", str(kept.folder)], asker(client)) == 0


def test_what_was_not_placed_before_a_crash_is_placed_by_the_next_round(
    client: ComplainingClient, kept: Kept
) -> None:
    run(kept, clock, asker(client))
    (placed,) = (kept.folder / "cosigned").iterdir()
    note = placed.read_bytes()
    placed.unlink()
    assert run(kept, clock, asker(client)) == []
    assert placed.read_bytes() == note


def test_one_round_at_a_time(client: ComplainingClient, kept: Kept) -> None:
    with kept.alone(), pytest.raises(Broken, match="另一轮"):
        run(kept, clock, asker(client))


def test_the_key_is_its_owners_alone_and_never_made_anew(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (kept.folder / "witness.key").stat().st_mode & 0o777 == 0o600
    told = ["--name", "w.example/1", "--address", ADDRESS, "--log-key", str(kept.log_keys[0])]
    assert main(["init", str(kept.folder), *told]) == 2
    assert read(kept.folder).verifier == kept.verifier
    other = kept.folder.parent / "other"
    for wrong in (["--name", "two words"], ["--address", "file:///etc"], ["--log-key", "x+y+z"]):
        assert main(["init", str(other), *told, *wrong]) == 2
        assert not (other / "witness.key").exists()
    assert main(["init", str(other), *told]) == 0
    assert str(read(other).verifier) in capsys.readouterr().out
    assert main(["show", str(other)]) == 0
    assert "还没有见过存证" in capsys.readouterr().out
    assert main(["show", str(other / "nowhere")]) == 2


def test_a_machine_with_nothing_of_ours_but_formats_and_proofs_is_enough(
    app: Flask, client: ComplainingClient, kept: Kept, grow: Callable[[int], int]
) -> None:
    script = (
        "import sys, witness.__main__ as one\n"
        "ours = ('flask', 'sqlalchemy', 'jwt', 'httpx', 'assistance', 'web', 'portal', 'commands')\n"
        "assert not [name for name in sys.modules if name.partition('.')[0] in ours]\n"
        "sys.exit(one.main())\n"
    )
    with serving(app) as site:
        told = json.loads((kept.folder / "watched.json").read_text())
        (kept.folder / "watched.json").write_text(json.dumps({**told, "address": site.address}))
        for expected in ("联署到", "没有新的存证"):
            command = [sys.executable, "-c", script, "run", str(kept.folder)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            assert (done.returncode, expected in done.stdout) == (0, True), done.stderr
        grow(4)
        assert len(run(read(kept.folder), clock)) == 1
