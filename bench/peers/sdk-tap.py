"""The least tap of the Singer SDK: rows of a file, held in memory and told again and again."""

import itertools
import json
from pathlib import Path

from singer_sdk import Stream, Tap
from singer_sdk import typing as th


class Rows(Stream):
    def get_records(self, context):
        with open(self.config["rows_file"]) as file:
            lines = itertools.islice(file, 10_000)
            rows = [json.loads(line) for line in lines]
        return itertools.islice(itertools.cycle(rows), self.config["rows"])


class SdkTap(Tap):
    name = "sdk-tap"
    config_jsonschema = th.PropertiesList(
        # JSON lines, a row each.
        th.Property("rows_file", th.StringType, required=True),
        # A SCHEMA message.
        th.Property("schema_file", th.StringType, required=True),
        # How many to write.
        th.Property("rows", th.IntegerType, required=True),
    ).to_dict()

    def discover_streams(self):
        message = json.loads(Path(self.config["schema_file"]).read_text())
        return [Rows(self, schema=message["schema"], name=message["stream"])]


SdkTap.cli()
