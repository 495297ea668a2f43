"""Label files of others: read into documents, written from them."""
