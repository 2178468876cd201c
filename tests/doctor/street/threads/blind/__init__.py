"""Threads to judge by: not read by anyone who changes the doctor."""
