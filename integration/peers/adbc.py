"""What the ADBC Flight SQL driver (Go, by Apache Arrow) sees of an embedded server.

Usage: adbc.py URL. Prints one JSON object per check: {"check": name, "value": ...}.
"""

import json
import sys

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa

connection = flightsql.connect(sys.argv[1], autocommit=True)
cursor = connection.cursor()


def say(check, value):
    print(json.dumps({"check": check, "value": value}), flush=True)


def read(sql):
    """A cursor that has ingested cannot query a server without prepared statements, so each query has its own."""
    with connection.cursor() as own:
        own.execute(sql)
        return own.fetch_arrow_table()


def rows(sql):
    return [list(map(str, row.values())) for row in read(sql).to_pylist()]


info = connection.adbc_get_info()
say("info", [info["vendor_name"], info["driver_name"]])

table = pa.table(
    {
        "id": pa.array(range(100_000), pa.int64()),
        "name": pa.array([None if n % 7 == 0 else f"name {n} and some more" for n in range(100_000)]),
        "amount": pa.array([None if n % 5 == 0 else n / 4 for n in range(100_000)], pa.float64()),
        "at": pa.array([n * 1_000_003 for n in range(100_000)], pa.timestamp("us")),
        "tags": pa.array([[f"t{n}", None] if n % 3 == 0 else [] for n in range(100_000)], pa.list_(pa.string())),
    }
)

for mode in ("create", "append", "replace", "create_append"):
    counted = cursor.adbc_ingest("ingested", table, mode=mode)
    say(f"ingest {mode}", [counted, rows("SELECT count(*) FROM ingested")[0][0]])

back = read("SELECT DISTINCT * FROM ingested ORDER BY id")
say("the types come back", back.schema.equals(table.schema))
say("the rows come back", back.equals(table))

objects = connection.adbc_get_objects(depth="all", table_name_filter="ingested").read_all().to_pylist()
columns = [
    column["column_name"]
    for catalog in objects
    for schema in catalog["catalog_db_schemas"]
    for found in schema["db_schema_tables"]
    for column in found["table_columns"]
]
say("objects", columns)
say("schema", [str(field.type) for field in connection.adbc_get_table_schema("ingested")])
say("table types", sorted(connection.adbc_get_table_types()))

try:
    cursor.adbc_ingest("ingested", table, mode="create")
    say("create twice", "no error")
except Exception as error:  # noqa: BLE001, the driver has many classes
    say("create twice", type(error).__name__)

say("a million rows", read("SELECT * FROM range(1000000) AS r(n)").num_rows)
cursor.close()
connection.close()
