"""How a sweep and its store behave at 1,000 to 1,000,000 units: `python -m studies.scaling`."""
