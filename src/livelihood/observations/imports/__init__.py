"""An intake list brought in: households with their people, and what was seen of each child at intake.

    check: workbook -> rows -> plan, kept with its faults      (nothing of the families is registered yet)
    run:   plan -> households.register -> observations.add     (each household whole or not at all)

It lives here because it needs both: the register of households, and the observations that build on it.
"""
