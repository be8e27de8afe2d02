"""The composition root: what the application is made of."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from granian.utils.proxies import wrap_asgi_with_proxy_headers
from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.static_files import create_static_files_router

from livelihood.accounts import api as accounts_api
from livelihood.accounts import pages as accounts_pages
from livelihood.accounts.actor import decode_actor
from livelihood.clock import Clock
from livelihood.concerns import api as concerns_api
from livelihood.concerns import pages as concerns_pages
from livelihood.concerns.vault import Vault
from livelihood.courses import api as courses_api
from livelihood.courses import pages as courses_pages
from livelihood.db.work import Database
from livelihood.desk import pages as desk_pages
from livelihood.desk.navigation import places
from livelihood.followups import api as followups_api
from livelihood.followups import pages as followups_pages
from livelihood.grants import api as grants_api
from livelihood.grants import pages as grants_pages
from livelihood.households import api as households_api
from livelihood.households import api_places, pages_places
from livelihood.households import pages as households_pages
from livelihood.notices import api as notices_api
from livelihood.notices import pages as notices_pages
from livelihood.observations.imports import api as imports_api
from livelihood.observations.imports import pages as imports_pages
from livelihood.operations import api as operations_api
from livelihood.operations import health as operations_health
from livelihood.operations import pages as operations_pages
from livelihood.settings import Settings
from livelihood.wake import Ping
from livelihood.web import health, identity, pages, schema, styleguide
from livelihood.web.compression import Compression
from livelihood.web.current import CurrentRequest
from livelihood.web.errors import HANDLERS
from livelihood.web.refusals import describe_refusals
from livelihood.web.requests import ApiRequest
from livelihood.web.security import Headers, SameOrigin
from livelihood.web.shortcut import Shortcut

HERE = Path(__file__).parent
AREAS = (
    "web",
    "notices",
    "households",
    "observations",
    "followups",
    "courses",
    "grants",
    "concerns",
    "desk",
    "operations",
)

API = (
    accounts_api.SessionsApi,
    accounts_api.me,
    notices_api.NoticesApi,
    notices_api.list_undelivered,
    households_api.HouseholdsApi,
    api_places.PlacesApi,
    imports_api.ImportsApi,
    followups_api.record_observation,
    followups_api.list_follow_ups,
    followups_api.list_household_follow_ups,
    followups_api.WorklistApi,
    followups_api.EntryApi,
    followups_api.VisitsApi,
    followups_api.ReviewsApi,
    followups_api.SchoolsApi,
    followups_api.record_roll_call,
    followups_api.TripsApi,
    followups_api.AlertsApi,
    followups_api.ProtocolsApi,
    followups_api.NumbersApi,
    followups_api.CalendarApi,
    followups_api.PreviewsApi,
    followups_api.AlertCareApi,
    followups_api.CoverApi,
    followups_api.MonitorsApi,
    followups_api.SpotChecksApi,
    followups_api.SheetsApi,
    followups_api.assign_households,
    followups_api.declare_lost,
    followups_api.finish_plan,
    followups_api.list_silence,
    followups_api.list_risk,
    followups_api.set_risk,
    followups_api.end_absence,
    followups_api.list_absences,
    followups_api.record_absence,
    followups_api.list_closed_checks,
    followups_api.close_checks,
    followups_api.reopen_check,
    followups_api.list_losses,
    followups_api.take_back_loss,
    followups_api.list_leavings,
    followups_api.leave,
    followups_api.end_leaving,
    followups_api.note_leaving,
    followups_api.close,
    followups_api.list_handovers,
    followups_api.list_moved,
    followups_api.list_left_alone,
    followups_api.hand_over,
    followups_api.acknowledge_handover,
    courses_api.trades,
    courses_api.CoursesApi,
    courses_api.EnrolmentsApi,
    grants_api.FundsApi,
    grants_api.GrantsApi,
    concerns_api.ConcernsApi,
    operations_api.system,
)
PAGES = (
    accounts_pages.SignInPages,
    notices_pages.NoticePages,
    notices_pages.DeliveryPages,
    households_pages.HouseholdPages,
    pages_places.PlacePages,
    imports_pages.ImportPages,
    followups_pages.FollowUpPages,
    followups_pages.EntryPages,
    followups_pages.VisitPages,
    followups_pages.CorrectionPages,
    followups_pages.ReviewPages,
    followups_pages.SchoolPages,
    followups_pages.TripPages,
    followups_pages.AlertPages,
    followups_pages.ProtocolPages,
    followups_pages.NumberPages,
    followups_pages.CalendarPages,
    followups_pages.PreviewPages,
    followups_pages.MonitorPages,
    followups_pages.SilencePages,
    followups_pages.SpotCheckPages,
    followups_pages.SheetPages,
    followups_pages.RiskPages,
    followups_pages.AbsencePages,
    followups_pages.ClosedCheckPages,
    followups_pages.LossPages,
    followups_pages.PlacementPages,
    followups_pages.LeavingPages,
    followups_pages.HandoverPages,
    desk_pages.TodayPages,
    desk_pages.HouseholdPage,
    courses_pages.CoursePages,
    courses_pages.EnrolmentPages,
    grants_pages.FundPages,
    grants_pages.ApplicationPages,
    grants_pages.GrantPages,
    concerns_pages.ConcernPages,
    operations_pages.SystemPage,
)
SHELL = (health.live, operations_health.ready, operations_health.metrics, schema.viewer)

BODY_LIMIT = 1_000_000
COMPRESS_FROM = 1000
# What phones and colleagues' programs ask for all day.
OFTEN = ("/api/v1/follow-ups", "/api/v1/silence")


def create_app(
    settings: Settings,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
) -> Litestar:
    """The application. A `database` that is given is already started and stays its owner's to stop."""
    ping = Ping(settings.redis_url) if settings.redis_url else None
    used = database or Database(settings.database_url, decode_actor=decode_actor, wake=ping)

    vault = Vault(settings.concern_public_key, settings.concern_private_key)

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncGenerator[None]:
        if database is None:
            await used.start()
        yield
        if database is None:
            await used.stop()
        if ping is not None:
            await ping.close()

    app = Litestar(
        route_handlers=[
            Router("/api/v1", route_handlers=API, request_class=ApiRequest, security=[{"token": []}]),
            Router("/", route_handlers=PAGES, include_in_schema=False),
            *SHELL,
            *(() if settings.secure_cookies else (styleguide.show,)),
            create_static_files_router(
                "/static", [HERE / "web" / "static"], include_in_schema=False, cache_control=health.STATIC
            ),
        ],
        dependencies={
            "uow": Provide(identity.provide_uow),
            "reads": Provide(identity.provide_reads),
            "clock": Provide(identity.provide_clock, sync_to_thread=False),
            "database": Provide(identity.provide_database, sync_to_thread=False),
            "vault": Provide(lambda: vault, sync_to_thread=False),
        },
        state=State(
            {
                "clock": clock or settings.clock,
                "database": used,
                "settings": settings,
                "templates": pages.environment({area: HERE / area for area in AREAS}),
                "places": places,
            }
        ),
        exception_handlers=HANDLERS,
        compression_config=CompressionConfig(
            backend="gzip",
            minimum_size=COMPRESS_FROM,
            gzip_compress_level=6,
            middleware_class=Compression,
        ),
        lifespan=[lifespan],
        openapi_config=schema.CONFIG,
        request_max_body_size=BODY_LIMIT,
        logging_config=None,
    )
    describe_refusals(app)
    listing = Shortcut(app, OFTEN, SameOrigin()(app.asgi_handler), compress_from=COMPRESS_FROM)
    app.asgi_handler = CurrentRequest(Headers(secure=settings.secure_cookies)(listing))
    if settings.trusted_proxies:
        app.asgi_handler = wrap_asgi_with_proxy_headers(app.asgi_handler, list(settings.trusted_proxies))
    return app
