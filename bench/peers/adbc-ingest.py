"""Record batches of pyarrow into a table, through the ADBC driver; prints what `timed` prints."""

import json
import resource
import sys
import time

import pyarrow
from adbc_driver_flightsql import dbapi

options = json.loads(sys.argv[1])


def connect(address):
    return dbapi.connect(f"grpc+tcp://{address}", autocommit=True)


with connect(options["from"]) as connection, connection.cursor() as cursor:
    cursor.execute(f'SELECT * FROM "{options["table"]}"')
    reader = cursor.fetch_record_batch()
    schema, batches = reader.schema, list(reader)


def ingest(connection):
    with connection.cursor() as cursor:
        reader = pyarrow.RecordBatchReader.from_batches(schema, batches)
        return cursor.adbc_ingest(options["table"], reader, mode="replace")


with connect(options["to"]) as connection:
    ingest(connection)
    cpu, start = time.process_time(), time.perf_counter()
    rows = ingest(connection)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu

# ru_maxrss is in KiB on Linux.
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
usage = {"name": "ADBC", "cpuSeconds": cpu, "peakRssBytes": peak}
print(json.dumps({"seconds": seconds, "rows": rows, "usages": [usage]}))
