"""Reads that span areas."""
