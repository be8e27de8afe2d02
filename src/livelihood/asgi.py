"""The application as the web server finds it, with the settings of the environment."""

import os

from livelihood.app import create_app
from livelihood.settings import DATABASE_URL, Settings

app = create_app(Settings.from_environment(os.environ).require(DATABASE_URL))
