"""How far back data need a model to look: held-out loss by lookback, and what follows from it."""
