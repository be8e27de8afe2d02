"""Livelihood."""
