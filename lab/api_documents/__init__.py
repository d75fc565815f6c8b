"""Writes the documents that describe what Ringtree says to others: `python -m lab.api_documents`."""
