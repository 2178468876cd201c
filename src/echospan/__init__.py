"""echospan: the laboratory for memory in sequence models."""
