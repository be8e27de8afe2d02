"""Staff, their roles, and signing in.

A person holds roles, each for one office or for all (`models.StaffRole`). What a role may do is said once, in
`permissions`. Signing in checks the password (`service.sign_in`), slowed after failures per account and per
address, and gives an opaque token that is stored as a hash. From then on every connection is taken in that
token's name (`db.work.Database`), and the database itself looks up who it is.
"""
