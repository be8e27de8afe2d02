"""What the queries of today are asked with."""

from sqlalchemy import ARRAY, SmallInteger, Uuid, any_, bindparam, or_

from livelihood.followups.queries.whose import NOBODYS
from livelihood.households.models import Household

# How many rows of a list are shown on today; the list behind has them all.
SHOWN = 5

OFFICES = bindparam("offices", type_=ARRAY(SmallInteger))
PERSON = bindparam("person", type_=Uuid)

# Without monitors: everybody's.
MONITORS = bindparam("monitors", None, ARRAY(Uuid))
OF_MONITOR = or_(MONITORS.is_(None), Household.monitor_id == any_(MONITORS), NOBODYS)
