import msgspec
from arq.connections import ArqRedis, RedisSettings, create_pool

JOB = "reconcile"


class Ping:
    """Tells the workers that there is something to do, at once instead of at their next tick.

    One job of this name at a time is enough: whoever runs it takes everything there is. Raises what the
    connection raises; the caller lets it go, because nothing depends on a ping.
    """

    def __init__(self, redis_url: str) -> None:
        self.settings = RedisSettings.from_dsn(redis_url)
        self.settings.conn_timeout = 1
        self.settings.conn_retries = 0
        self.redis: ArqRedis | None = None

    async def __call__(self) -> None:
        if self.redis is None:
            self.redis = await create_pool(
                self.settings,
                job_serializer=msgspec.msgpack.encode,
                job_deserializer=msgspec.msgpack.decode,
            )
        await self.redis.enqueue_job(JOB, _job_id=JOB)

    async def close(self) -> None:
        if self.redis is not None:
            await self.redis.aclose()
            self.redis = None
