"""The search for the span: which lags are tried, how each is trained, and when it is decided."""
