"""A small tap of the Singer SDK: a table's rows through the ADBC driver."""

import json
from pathlib import Path

from adbc_driver_flightsql import dbapi
from singer_sdk import Stream, Tap
from singer_sdk import typing as th


class Table(Stream):
    def get_records(self, context):
        sql = f'SELECT * FROM "{self.name}" LIMIT {self.config["rows"]}'
        with dbapi.connect(self.config["uri"]) as connection:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                for batch in cursor.fetch_record_batch():
                    yield from batch.to_pylist()


class SdkTap(Tap):
    name = "sdk-tap"
    config_jsonschema = th.PropertiesList(
        th.Property("uri", th.StringType, required=True),
        # File with a SCHEMA message, for the table that it names.
        th.Property("schema_file", th.StringType, required=True),
        # How many to read.
        th.Property("rows", th.IntegerType, required=True),
    ).to_dict()

    def discover_streams(self):
        message = json.loads(Path(self.config["schema_file"]).read_text())
        return [Table(self, schema=message["schema"], name=message["stream"])]


SdkTap.cli()
