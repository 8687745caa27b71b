"""The SDK's standard tests of a tap against the command in $TAP (JSON list) with the config in $TAP_CONFIG (JSON)."""

import json
import os

from executable import tap_class
from singer_sdk.testing import SuiteConfig, get_tap_test_class

TestTap = get_tap_test_class(
    tap_class(json.loads(os.environ["TAP"])),
    config=json.loads(os.environ["TAP_CONFIG"]),
    suite_config=SuiteConfig(max_records_limit=150),
    parse_env_config=False,
)
