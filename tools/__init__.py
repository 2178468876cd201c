"""What makes pictures, pages and environments; no part of the package."""
