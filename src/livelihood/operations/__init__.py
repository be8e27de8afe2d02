"""Whether the installation does its work.

worker → its runs, noted in `worker_runs` → figures, read at once by one trusted function → what they mean (`rules`)
→ `livelihood doctor`, the page "System", `/health/ready`, `/metrics`
"""
