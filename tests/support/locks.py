"""Two transactions that meet: the second is known to wait for the first before that one goes on."""

from tests.support.world import World

WAITING = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def somebody_waits(world: World, how_many: int = 1) -> None:
    """Until so many transactions of this database wait for another's row."""
    while len(await world.owner_rows(WAITING)) < how_many:
        pass  # asking is a round trip, in which the others go on
