"""Which rules these are."""

# One more whenever a release gives the same facts another plan, alert, silence or day for review. Its workers then work
# every family out anew, whatever the workers of the release before have made of it.
RULES = 3
