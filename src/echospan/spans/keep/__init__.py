"""Sheets and comparisons that are kept in a store as they grow, and resumed."""
