"""The benchmark: the same training work, side by side, by echospan and by its peers.

`jobs` says what is trained, `contenders` by whom, `session` runs them one after another several
times over, and `table`, `figures` and `document` show what came of it. The programs in `peers` run
in environments of their own, which `environments` makes.
"""
