"""PyTorch modules. torch is an extra: it is imported inside functions only."""
