"""Does a model carry its state rightly? Checks that compare a model with itself."""
