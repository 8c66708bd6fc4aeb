"""What handlers are given. Their types are taken as they come: they are ours, and msgspec cannot look into them."""

from __future__ import annotations

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from api.config import ApiConfig
from api.metrics import Metrics
from services.keys import Principal
from services.service import Service

ServiceGiven = NamedDependency[SkipValidation[Service]]
ConfigGiven = NamedDependency[SkipValidation[ApiConfig]]
MetricsGiven = NamedDependency[SkipValidation[Metrics]]
AccountId = NamedDependency[SkipValidation[str]]
PrincipalGiven = NamedDependency[SkipValidation[Principal]]
