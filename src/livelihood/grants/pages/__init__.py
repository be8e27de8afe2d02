"""Pages of funds, of applications while they are written, and of grants from there on."""

from livelihood.grants.pages.applications import ApplicationPages
from livelihood.grants.pages.funds import FundPages
from livelihood.grants.pages.grants import GrantPages

__all__ = ["ApplicationPages", "FundPages", "GrantPages"]
