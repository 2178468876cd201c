"""Threads to develop with."""
