"""Families, staff and work for `livelihood demo`, made with the verbs that staff use, day by day in the past.

The same on every machine: whatever looks random follows from a family's number. The names are common ones; nobody is
meant.
"""
