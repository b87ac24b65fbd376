"""Collections of yearly reports."""
