"""Lets the standard tests of the Singer SDK drive any executable: a Tap and a Target that run it."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter

from singer_sdk import Stream, Tap, Target
from singer_sdk.exceptions import MissingKeyPropertiesError, RecordsWithoutSchemaException
from singer_sdk.sinks import BatchSink

SECONDS_MAX = 120

# What our message says -> the exception that the SDK's test expects.
EXCEPTIONS = {
    r"a SCHEMA of the stream has to come before": RecordsWithoutSchemaException,
    r"column .* is missing, and every record has to bring it": MissingKeyPropertiesError,
}


class ExecutableError(RuntimeError):
    """The executable ended with another code than 0."""


def json_file(value) -> str:
    descriptor, path = tempfile.mkstemp(suffix=".json")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file)
    return path


def run(executable, *args, stdin=None) -> str:
    ended = subprocess.run(
        [*executable, *args],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS_MAX,
        check=False,
    )
    sys.stderr.write(ended.stderr)
    if ended.returncode != 0:
        for pattern, exception in EXCEPTIONS.items():
            if re.search(pattern, ended.stderr):
                raise exception(ended.stderr)
        raise ExecutableError(f"exit {ended.returncode}: {ended.stderr}")
    return ended.stdout


class Prints:
    """The suite's `cli_prints` would test Python's own methods; the executable is asked instead."""

    executable: list

    def print_version(self, print_fn=print) -> None:
        version = run(self.executable, "--version").strip()
        assert re.search(r"\d+\.\d+\.\d+", version), version
        print_fn(version)

    def print_about(self, output_format=None) -> None:
        form = ["--format", output_format] if output_format else []
        about = run(self.executable, "--about", *form)
        assert about.strip()
        if output_format == "json":
            assert {"name", "version", "capabilities", "settings"} <= json.loads(about).keys()
        print(about)


class ExecutableStream(Stream):
    """Name, schema and keys; the records come from the executable."""

    def get_records(self, context):
        raise NotImplementedError


def tap_class(executable):
    about = json.loads(run(executable, "--about", "--format", "json"))

    class ExecutableTap(Prints, Tap):
        name = about["name"]
        config_jsonschema = about["settings"]

        def _arguments(self):
            return ["--config", json_file(dict(self.config))]

        @property
        def catalog_dict(self):
            if not hasattr(type(self), "_catalog_once"):
                type(self)._catalog_once = json.loads(self.run_discovery())
            return type(self)._catalog_once

        def run_discovery(self) -> str:
            text = run(self.executable, *self._arguments(), "--discover")
            assert json.loads(text)["streams"], "the catalog is empty"
            return text

        def discover_streams(self):
            streams = []
            for entry in self.catalog_dict["streams"]:
                stream = ExecutableStream(tap=self, name=entry["stream"], schema=entry["schema"])
                stream.primary_keys = entry.get("key_properties") or []
                streams.append(stream)
            return streams

        def _selected(self) -> str:
            catalog = json.loads(json.dumps(self.catalog_dict))
            for entry in catalog["streams"]:
                table = next(one for one in entry["metadata"] if one["breadcrumb"] == [])
                table["metadata"]["selected"] = True
            return json_file(catalog)

        def run_connection_test(self) -> bool:
            lines = run(self.executable, *self._arguments(), "--catalog", self._selected(), "--test")
            records = Counter(
                message["stream"] for message in map(json.loads, lines.splitlines()) if message["type"] == "RECORD"
            )
            assert all(count == 1 for count in records.values()), records
            return True

        def run_sync_dry_run(self, dry_run_record_limit=1, streams=None) -> bool:
            records = Counter()
            for line in run(self.executable, *self._arguments(), "--catalog", self._selected()).splitlines():
                message = json.loads(line)
                if message["type"] == "RECORD":
                    records[message["stream"]] += 1
                    if dry_run_record_limit and records[message["stream"]] > dry_run_record_limit:
                        continue
                print(line)
            return True

    ExecutableTap.executable = executable
    return ExecutableTap


class UnusedSink(BatchSink):
    """The executable loads."""

    def process_batch(self, context) -> None:
        raise NotImplementedError


def target_class(executable):
    about = json.loads(run(executable, "--about", "--format", "json"))

    class ExecutableTarget(Prints, Target):
        name = about["name"]
        config_jsonschema = about["settings"]
        default_sink_class = UnusedSink

        def process_lines(self, file_input) -> Counter:
            config = json_file(dict(self.config))
            sys.stdout.write(run(self.executable, "--config", config, stdin=file_input.read()))
            return Counter()

        _process_lines = process_lines

        def process_endofpipe(self) -> None:
            """Nothing is held here."""

    ExecutableTarget.executable = executable
    return ExecutableTarget
