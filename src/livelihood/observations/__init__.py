"""What was seen: dated facts from intake and visits, and what follows from them.

An observation is recorded once and never edited; a correction is a new one that supersedes it, with its reason.
A child's status is derived from the newest day observed, never typed in, and "unknown" is a status of its own.
"""
