"""The memory spec sheet: how far back a model can remember, and what limits it.

Ladder, budget and trials search; measuring, checks, decay, reach and generalise look; verdict
concludes; a subject stands for a model of any framework. See `api.span`.
"""
