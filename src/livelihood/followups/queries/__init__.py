"""Reads: the facts that plans are worked out from, the lists that people work by, and single records."""
