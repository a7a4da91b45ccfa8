"""What staff type, one file a noun."""
