"""A family's business grant, from the application to the first tranche.

A caseworker prepares an application against a donor's fund: a business, what it needs line by line, and the
tranches it is paid in. Submission copies the approvals its amount needs onto it. Colleagues who did not prepare
it approve, return or reject it; the last approval needed reserves the money in the fund. Finance, who did not
approve it, pays the first tranche to a member of the household. That payment anchors the family's follow-ups.
"""
