"""The checks, in the order in which they run: cheap and basic ones first."""
