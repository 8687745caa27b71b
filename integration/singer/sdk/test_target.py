"""The SDK's standard tests of a target, and those that it leaves out, against $TARGET with $TARGET_CONFIG."""

import json
import os

import pytest
from executable import target_class
from singer_sdk.exceptions import MissingKeyPropertiesError
from singer_sdk.testing import get_target_test_class
from singer_sdk.testing.suites import SingerTestSuite
from singer_sdk.testing.target_tests import TargetRecordMissingRequiredProperty
from singer_sdk.testing.templates import TargetFileTestTemplate


class MultipleStates(TargetFileTestTemplate):
    """The SDK's own test compares values with texts, so no target can pass it."""

    name = "multiple_state_messages"

    def validate(self) -> None:
        lines = map(json.loads, self.singer_filepath.read_text(encoding="utf-8").splitlines())
        sent = [line["value"] for line in lines if line["type"] == "STATE"]
        told = self.runner.state_messages
        assert told[-1] == sent[-1]
        rest = iter(sent)
        assert all(any(state == other for other in rest) for state in told), f"{told} is not in the order of {sent}"


class MissingRequiredProperty(TargetRecordMissingRequiredProperty):
    """The SDK's own test, which its suite leaves out, expects nothing."""

    def test(self) -> None:
        with pytest.raises(MissingKeyPropertiesError):
            super().test()


def of_fixture(fixture: str):
    """A fixture of the SDK that has no test there."""
    return type(fixture, (TargetFileTestTemplate,), {"name": fixture})


LEFT_OUT = ["no_primary_keys_append", "user_location_data", "user_location_upsert_data"]

TestTarget = get_target_test_class(
    target_class(json.loads(os.environ["TARGET"])),
    config=json.loads(os.environ["TARGET_CONFIG"]),
    custom_suites=[
        SingerTestSuite(
            kind="target",
            tests=[MultipleStates, MissingRequiredProperty, *map(of_fixture, LEFT_OUT)],
        )
    ],
    parse_env_config=False,
)
