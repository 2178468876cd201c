"""Torch modules as adapters. Torch is imported when its functions run."""
