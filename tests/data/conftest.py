"""The folder of public databases, of which the tests here read files."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data(request):
    folder = request.config.getoption("data")
    if not folder:
        pytest.skip("needs the public databases: make test-data DATA=FOLDER")
    return Path(folder)
