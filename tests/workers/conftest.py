from collections.abc import Generator
from pathlib import Path

import pytest

from livelihood.embedded import Valkey


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Generator[Valkey]:
    folder: Path = tmp_path_factory.mktemp("valkey")
    with Valkey(folder) as server:
        yield server
    server.remove()
