"""The staff side's pages, one file a noun."""
