"""A target of the Singer SDK that puts every row that it is given, from RECORDs and from files, into a file."""

import json

from singer_sdk import Target
from singer_sdk import typing as th
from singer_sdk.sinks import BatchSink


class FileSink(BatchSink):
    def process_batch(self, context):
        with open(self.config["rows_file"], "a", encoding="utf-8") as file:
            for record in context["records"]:
                file.write(json.dumps(record, default=str) + "\n")


class BatchTarget(Target):
    name = "batch-target"
    default_sink_class = FileSink
    config_jsonschema = th.PropertiesList(th.Property("rows_file", th.StringType, required=True)).to_dict()


BatchTarget.cli()
