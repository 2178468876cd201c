"""Programs that carry out one job: each in a process, and mostly in an environment, of its own.

They run as the package `peers` under a Python that need not have echospan, so that they import
nothing of it but their neighbours here. `wire` has the conversation, `work` what it is about.
"""
