"""The outside world: database, clock, files, PDF, QR codes, keys. No word of the field is known here."""
