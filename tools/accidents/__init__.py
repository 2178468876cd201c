"""The accidents that docs/reliability.md counts: their tests are run, and their attempts counted.

    make accidents                        # every kind
    make accidents ARGS='--only kills'    # one of them

`table.toml` says which kinds there are, and which tests try them. A test is one attempt, or tells
by the fixture `counted` how many it makes. What came out is kept in `records.json`, and the page is
written from both.
"""
