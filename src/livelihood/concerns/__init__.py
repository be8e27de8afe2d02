"""Concerns: what somebody saw or was told of abuse, trafficking or worst forms of labour, sealed for the focal point.

    report -> sealed with the installation's public key -> focal point opens it (logged) -> steps -> closed

A concern is not an observation. In the clear stand its number, office, day and whether it is about staff; everything
else, the family included, is sealed. Whoever sent it sees that it was received and never its text again.
"""
