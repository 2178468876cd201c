"""Which causal language models of transformers carry their state rightly: a table by version."""
