"""A small target of the Singer SDK: batches of records into tables, through the ADBC driver."""

import pyarrow
from adbc_driver_flightsql import dbapi
from singer_sdk import Target
from singer_sdk import typing as th
from singer_sdk.sinks import BatchSink


class Table(BatchSink):
    def setup(self):
        super().setup()
        self.connection = dbapi.connect(self.config["uri"], autocommit=True)

    def process_batch(self, context):
        table = pyarrow.Table.from_pylist(context["records"])
        with self.connection.cursor() as cursor:
            cursor.adbc_ingest(self.stream_name, table, mode="create_append")

    def clean_up(self):
        super().clean_up()
        self.connection.close()


class SdkTarget(Target):
    name = "sdk-target"
    default_sink_class = Table
    config_jsonschema = th.PropertiesList(
        th.Property("uri", th.StringType, required=True),
    ).to_dict()


SdkTarget.cli()
