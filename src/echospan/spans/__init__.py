"""The memory spec sheet: how far back a model can remember, and what limits it.

`search` trains a model at one lag after the other, `probes` inspects the trained models, and
`verdict` says what limits them. Models of any framework come from `echospan.adapters`. See
`api.span`.
"""
