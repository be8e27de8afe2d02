"""Whom we serve: households, their members, consent; the gazetteer and the schools.

A household is registered with its members (`service.register`), in the office that serves its village's province.
Consent is a record of its own. A name in either script, a code or a phone finds it again (`queries.find`).
"""
