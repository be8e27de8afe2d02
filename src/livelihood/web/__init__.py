"""The shell that areas hang their API and pages in; it knows no area.

`identity` says who asks, `requests` reads bodies, `pages` writes HTML, `errors` answers refusals, `words` translates.
"""
