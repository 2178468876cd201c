"""A task, a model and a finding for echospan, in a package of their own."""
