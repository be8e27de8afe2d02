"""Two transactions that meet: the second is known to wait for the first before that one goes on."""

from tests.support.world import World

WAITING = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def somebody_waits(world: World) -> None:
    """Until a transaction of this database waits for another's row."""
    while not await world.owner_rows(WAITING):
        pass  # asking is a round trip, in which the others go on
