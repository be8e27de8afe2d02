"""Pages that span areas: each role's today, the household's whole story, search."""
