"""The pages, one module each; `add` puts one into a lab."""
