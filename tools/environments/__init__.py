"""The environments that echospan is tested in: made, run, and written to docs/environments.md.

    make environments                         # every environment, every job
    make environments ARGS='--only newest'    # one of them
    make environments ARGS='--ci'             # what CI runs of them; the page stays as it is

`table.toml` says what the environments are and which jobs run in them. A job that passed is not run
again while neither the environment nor the sources change.
"""
