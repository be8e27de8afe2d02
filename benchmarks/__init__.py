"""What Livelihood costs beside the least that could do the same, measured in one run on one database."""
