"""A tap of the Singer SDK that gives the rows of a file: as RECORDs, or in files if `batch_config` asks for them."""

import json
from pathlib import Path

from singer_sdk import Stream, Tap
from singer_sdk import typing as th


class Rows(Stream):
    def get_records(self, context):
        yield from json.loads(Path(self.config["rows_file"]).read_text())


class BatchTap(Tap):
    name = "batch-tap"
    config_jsonschema = th.PropertiesList(
        th.Property("rows_file", th.StringType, required=True),
        # File with a SCHEMA message.
        th.Property("schema_file", th.StringType, required=True),
    ).to_dict()

    def discover_streams(self):
        message = json.loads(Path(self.config["schema_file"]).read_text())
        stream = Rows(self, schema=message["schema"], name=message["stream"])
        stream.primary_keys = message["key_properties"]
        return [stream]


BatchTap.cli()
