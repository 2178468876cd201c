"""Sweeps: many runs or sheets from one file, on all cores or on a cluster, kept in one store.

A *plan* (`plan.py`) expands a file into units. The *driver* (`driver.py`) claims units in the store
under their fingerprints, packs them and hands the packs to an *executor* (`executors/`). Its
workers do them (`work.py`) and write into the folders of their runs; they touch no database. What
has ended there, the driver enters into the store's index.
"""
