"""The ways of asking a data source: one contract, whose only door takes a grant. Nobody else imports this."""
