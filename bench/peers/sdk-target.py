"""The least target of the Singer SDK: batches of records that nobody takes, counted."""

from singer_sdk import Target
from singer_sdk import typing as th
from singer_sdk.sinks import BatchSink


class Dropping(BatchSink):
    rows = 0

    def process_batch(self, context):
        self.rows += len(context["records"])

    def clean_up(self):
        super().clean_up()
        if self.rows != self.config["rows"]:
            raise RuntimeError(f"{self.rows} rows came of {self.config['rows']}")


class SdkTarget(Target):
    name = "sdk-target"
    default_sink_class = Dropping
    config_jsonschema = th.PropertiesList(
        # How many must come.
        th.Property("rows", th.IntegerType, required=True),
    ).to_dict()


SdkTarget.cli()
