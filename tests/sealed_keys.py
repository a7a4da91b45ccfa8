"""While tests run, nothing is sealed under a key that the register of data does not know (PIPL-5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Dialect

from assistance.data_register import data_register
from assistance.orm import ROW, EncryptedJson


@pytest.fixture(autouse=True, scope="session")
def _only_registered_keys_are_sealed() -> Iterator[None]:
    """Let a write fail that seals a key which assistance/data_register.toml does not list."""
    register, seal = data_register(), EncryptedJson.process_bind_param

    def checked(self: EncryptedJson, value: dict[str, Any] | None, dialect: Dialect) -> bytes | None:
        table, _, column = self.purpose.partition(".")
        if value is not None and table in register.tables:
            unknown = register.unknown_keys(table, column, value) - {ROW}
            assert not unknown, (
                f"{self.purpose} is sealed with {', '.join(sorted(unknown))}: "
                f"say in assistance/data_register.toml, [tables.{table}], of which class each is"
            )
        return seal(self, value, dialect)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EncryptedJson, "process_bind_param", checked)
        yield
