"""A witness: what another organisation runs on its own machine, to cosign only a log that goes on honestly.

It needs this folder, `infrastructure/` and the package `cryptography`: no database, nothing secret of ours.
"""
