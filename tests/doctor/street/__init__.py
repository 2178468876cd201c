"""Set-ups as people bring them to the doctor, rebuilt small from public sources."""
