"""Every area's models, for migrations only."""

from livelihood.accounts import models as accounts
from livelihood.concerns import models as concerns
from livelihood.courses import models as courses
from livelihood.db import models as db
from livelihood.followups import models as followups
from livelihood.grants import models as grants
from livelihood.households import models as households
from livelihood.notices import models as notices
from livelihood.observations import models as observations
from livelihood.observations.imports import models as imports
from livelihood.operations import models as operations

AREAS = (
    db,
    accounts,
    notices,
    households,
    observations,
    imports,
    followups,
    courses,
    grants,
    concerns,
    operations,
)
