"""The schedule as a function of the facts: no database, no clock, no order of events."""
