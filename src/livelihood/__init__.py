"""Livelihood: grants and trade courses for families, and the follow-ups that keep their children in school."""

__version__ = "0.1.0"
