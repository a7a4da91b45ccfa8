"""Gathers the marked sentences and brings every language's catalogue into line with them."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from infrastructure.languages import locales  # noqa: E402

KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "_": None}


def main() -> int:
    """Write the catalogues, or with --check only say whether they are complete and current."""
    check = "--check" in sys.argv[1:]
    found = gather()
    problems = []
    for locale in locales()[1:]:
        path = ROOT / "translations" / locale / "LC_MESSAGES" / "messages.po"
        before = path.read_bytes() if path.exists() else b""
        catalogue = read_po(io.BytesIO(before), locale=locale) if before else Catalog(locale=locale)
        catalogue.update(found, no_fuzzy_matching=True, update_header_comment=False)
        catalogue.obsolete.clear()
        after = as_bytes(catalogue)
        missing = [message.id for message in catalogue if message.id and not is_complete(message.string)]
        if check:
            if after != before:
                problems.append(f"{path.relative_to(ROOT)} lags behind the sentences: run `make strings`")
            problems += [f"{locale}: not translated: {sentence}" for sentence in missing]
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(after)
            print(f"{locale}: {len(catalogue)} sentences, {len(missing)} not translated")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def gather() -> Catalog:
    """Every marked sentence, without places and dates, so that a catalogue changes only with words."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    catalogue = Catalog()
    rows = extract_from_dir(
        str(ROOT),
        methods,
        options,
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
        directory_filter=lambda folder: Path(folder).name not in (".venv", "node_modules", "instance"),
    )
    for _filename, _line, message, comments, context in sorted(rows, key=lambda row: (str(row[0]), row[1])):
        catalogue.add(message, None, auto_comments=comments, context=context)
    return catalogue


def is_complete(translation: object) -> bool:
    """Whether a sentence has all its forms."""
    return all(translation) if isinstance(translation, (list, tuple)) else bool(translation)


def as_bytes(catalogue: Catalog) -> bytes:
    """The catalogue as its file: sorted, without line numbers."""
    out = io.BytesIO()
    write_po(out, catalogue, width=120, no_location=True, omit_header=False, sort_output=True)
    dated = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Generated-By')
    return b"".join(line for line in out.getvalue().splitlines(keepends=True) if not line.startswith(dated))


if __name__ == "__main__":
    sys.exit(main())
