"""Where things stand in a TOML file: `tomllib` keeps no line numbers, so the raw text is asked."""

from __future__ import annotations

import re


class FileLines:
    """The lines of one file, counted from 1; what is not found stands on the line where the search began."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def of_key(self, key: str, start: int = 1) -> int:
        """The line that sets a key, or opens a table of that name, in the table that begins at `start`."""
        sets = re.compile(rf'\s*"?{re.escape(key)}"?\s*=|\s*\[+[\w.]*\b{re.escape(key)}[\].]')
        inside = self._lines[start - 1].split("]")[0] + "." if self._lines else ""
        for number in range(start, len(self._lines) + 1):
            line = self._lines[number - 1]
            if sets.match(line):
                return number
            if number > start > 1 and line.startswith("[") and not line.startswith(inside):
                break
        return start

    def of_item(self, key: str, index: int) -> int:
        """The line of one item of a list of inline tables."""
        start = self.of_key(key)
        seen = -1
        for number in range(start, len(self._lines) + 1):
            line = self._lines[number - 1]
            seen += len(re.findall(r"\{\s*[\w\"]", line))
            if seen >= index:
                return number
            if line.rstrip().endswith("]"):
                break
        return start

    def of_table(self, header: str, index: int, start: int = 1) -> int:
        """The line of the numbered `[[header]]` from a line on."""
        for number in range(start, len(self._lines) + 1):
            if self._lines[number - 1].strip() == f"[[{header}]]":
                if index == 0:
                    return number
                index -= 1
        return start
