"""An office's intake list, as a workbook, on its way to being households.

    content --workbook.read--> rows --plan.plan--> households that can come in, and faults by row and column

Nothing here asks the database or the clock: what is known of places and of registered households is handed in,
so that a list can be judged as often as one likes and always with the same answer.
"""
