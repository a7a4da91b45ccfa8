"""The domain: nouns, rules and tables. No request and no web framework is known here."""
