"""PostgreSQL: who asks, one transaction per request or job, reads without the ORM, and what to tell the workers.

Taking a connection is stating who asks; there is no other way to get one (`work.Database`).
"""
