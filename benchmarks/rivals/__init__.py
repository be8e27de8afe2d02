"""The same work, done with the least that can do it, and in the way most services are written."""
