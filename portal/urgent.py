"""The telephone numbers for what cannot wait: on the page that shows them and for the mini-program."""

from __future__ import annotations

from infrastructure.languages import N_

URGENT_PHONES = (
    ("110", N_("有人打人、有危险：报警")),
    ("120", N_("要抢救：急救车")),
    ("119", N_("着火、被困：消防")),
    ("12345", N_("别的急事，找不到人管：政府热线")),
    ("12355", N_("孩子、年轻人心里难受、受欺负")),
)
