"""Tasks with one number that sets their difficulty, for the span's search."""
