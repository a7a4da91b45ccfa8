"""What residents type, one file a noun."""
