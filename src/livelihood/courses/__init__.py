"""Flow 2: a person of 15 or more learns a trade, and is looked for afterwards.

    course      a run of a trade: trainer, place, dates, seats
    enrolment   waitlisted | enrolled → completed; seats are never oversold
    completion  writes the anchor from which the placement tracer counts its months

Those under 15 are refused and kept in school. From 15 to 17 a trade that calls for safeguards has them recorded
before the enrolment stands. No one is in two courses at the same time.
"""
