"""Every area's models, for migrations only."""

from livelihood.accounts import models as accounts
from livelihood.db import models as db
from livelihood.households import models as households

AREAS = (db, accounts, households)
