"""Writes docs/api from the code."""

from lab.api_documents.documents import API_DOCUMENTS, write

for document in API_DOCUMENTS:
    print(f"wrote {write(document)}")
