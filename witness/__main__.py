"""`python -m witness`: set up a witness, run one round of it, show what it has seen."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from witness.judging import Refused
from witness.keeping import Broken, Kept, make, read
from witness.rounds import Fetch, Unreachable, fetch, run

FINE, REFUSED, NOT_NOW = 0, 1, 2


def main(arguments: list[str] | None = None, ask: Fetch = fetch) -> int:
    """0: done; 1: the log was refused; 2: it could not be asked, or the folder cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        if options.verb == "init":
            return _told(make(options.folder, options.name, options.address, options.log_key))
        kept = read(options.folder)
        if options.verb == "show":
            return _told(kept)
        sizes = run(kept, lambda: int(time.time()), ask, options.into)
        _say(f"联署到 {sizes[-1]} 笔。" if sizes else "没有新的存证。")
        return FINE
    except Refused as refusal:
        kept_at = kept.keep_evidence(refusal.evidence) if refusal.evidence else None
        _complain(
            "！！！ 拒绝联署 ！！！", refusal.why, "见过的那一份不变。请马上告诉管日志的单位和它的监督机关。"
        )
        if kept_at:
            _complain(f"对方的原文留在 {kept_at}")
        return REFUSED
    except Unreachable as error:
        _complain(f"问不到日志（{error}），下一轮再问。")
        return NOT_NOW
    except (Broken, ValueError, OSError) as error:
        _complain(str(error))
        return NOT_NOW


def _told(kept: Kept) -> int:
    head = kept.head()
    _say(f"名称 {kept.name}", f"公钥 {kept.verifier}", f"日志 {kept.origin} {kept.address}")
    _say(f"见过 {head.size} 笔" if head else "还没有见过存证")
    return FINE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m witness", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    begun = verbs.add_parser("init", help="Make a folder with a key of its own, and print the public half.")
    begun.add_argument("--name", required=True, help="Such as discipline.example.gov.cn/w1; no blank, no +.")
    begun.add_argument("--address", required=True, help="Where the service answers: https://…")
    begun.add_argument("--log-key", required=True, help="The log's key, from /supervision/checkpoints.")
    went = verbs.add_parser("run", help="One round: cosign what continues the head. For cron.")
    went.add_argument("--into", type=Path, help="Where cosigned checkpoints are placed; else in the folder.")
    shown = verbs.add_parser("show", help="The public key, and what was seen.")
    for verb in (begun, went, shown):
        verb.add_argument("folder", type=Path)
    return parser


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _complain(*lines: str) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
