"""What every test shares: the Hypothesis profile, and where the sample data lie."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Derandomised: a run of the suite says the same twice. No deadline: the first example imports torch.
settings.register_profile(
    "losscli", deadline=None, derandomize=True, max_examples=25, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("losscli")


@pytest.fixture(scope="session")
def sample_data() -> Path:
    return Path(__file__).parent.parent / "sample_data"
