"""pyarrow's view of Arrow and Parquet files: `read FILE` prints rows as JSON; `write FILE` writes people."""

import datetime
import decimal
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq

PEOPLE = pa.table(
    {
        # Another order, other types than the SCHEMA's, and a column that it lacks.
        "at": pa.array([datetime.datetime(2024, 1, 2, 3, 4, 5, 678901), None, None], pa.timestamp("ns")),
        "more": pa.array([True, False, None]),
        "name": pa.array(["é", None, "é"]).dictionary_encode(),
        "price": pa.array([decimal.Decimal("12.30"), decimal.Decimal("-0.01"), None], pa.decimal128(9, 2)),
        "id": pa.array([1, 2, 3], pa.int16()),
    }
)

action, path = sys.argv[1:]
if action == "write":
    if path.endswith(".parquet"):
        pq.write_table(PEOPLE, path)
    else:
        with pa.ipc.new_file(path, PEOPLE.schema) as writer:
            writer.write_table(PEOPLE, max_chunksize=2)
else:
    table = pq.read_table(path) if ".parquet" in path else pa.ipc.open_file(path).read_all()
    table.validate(full=True)
    print(json.dumps(table.to_pylist(), default=str))
