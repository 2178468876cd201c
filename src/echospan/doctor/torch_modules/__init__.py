"""The doctor for torch modules. Torch is imported when its functions run."""
