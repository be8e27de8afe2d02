"""Follow-ups: a fact (a payment, a completed course) anchors a plan; visits answer it; findings raise alerts.

    anchor -> desired(facts) -> follow-ups due -> visit -> observations -> settled follow-ups, alerts

A follow-up is an obligation, a visit is what happened. The follow-ups and alerts stored are nothing but
`desired()` written down: whatever changes, the workers compute them again and apply the difference.
"""
