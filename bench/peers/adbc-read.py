"""A query's rows as record batches of pyarrow, through the ADBC driver; prints what `timed` prints."""

import json
import resource
import sys
import time

from adbc_driver_flightsql import dbapi

options = json.loads(sys.argv[1])


def read(connection):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{options["table"]}"')
        return sum(batch.num_rows for batch in cursor.fetch_record_batch())


with dbapi.connect(f"grpc+tcp://{options['address']}") as connection:
    read(connection)
    cpu, start = time.process_time(), time.perf_counter()
    rows = read(connection)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu

# ru_maxrss is in KiB on Linux.
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
usage = {"name": "ADBC", "cpuSeconds": cpu, "peakRssBytes": peak}
print(json.dumps({"seconds": seconds, "rows": rows, "usages": [usage]}))
