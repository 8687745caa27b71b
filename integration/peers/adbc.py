"""What the ADBC Flight SQL driver (Go, by Apache Arrow) does with an embedded server.

Usage: adbc.py URL USER PASSWORD TLS_URL CA_FILE. Prints one JSON object for each feature: {"feature": name, "value": ...} or
{"feature": name, "error": text}.
"""

import json
import sys
import threading
import warnings

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa
from adbc_driver_flightsql import ConnectionOptions, DatabaseOptions

url, username, password, tls_url, ca_file = sys.argv[1:]
warnings.simplefilter("error")


def connect(autocommit=True, secret=password, **options):
    login = {"username": username, "password": secret}
    return flightsql.connect(url, db_kwargs=login, conn_kwargs=options, autocommit=autocommit)


def feature(name):
    """Runs a function at once and tells what it returns."""

    def run(function):
        try:
            with connect() as connection:
                said = {"value": function(connection)}
        except Exception as error:  # noqa: BLE001, the driver has many classes
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"feature": name, **said}), flush=True)

    return run


def read(connection, sql, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetch_arrow_table()


def rows(connection, sql, parameters=None):
    return [list(map(str, row.values())) for row in read(connection, sql, parameters).to_pylist()]


def failure(function):
    try:
        function()
    except Exception as error:  # noqa: BLE001
        return type(error).__name__
    return "no error"


@feature("log in")
def _(connection):
    return rows(connection, "SELECT 1")


@feature("wrong password")
def _(_connection):
    return failure(lambda: connect(secret="n0t-the-p4ssword"))


@feature("TLS")
def _(_connection):
    def one(**options):
        login = {"username": username, "password": password}
        with flightsql.connect(tls_url, db_kwargs=login | options, autocommit=True) as connection:
            return rows(connection, "SELECT 1")

    with open(ca_file) as file:
        trusted = {DatabaseOptions.TLS_ROOT_CERTS.value: file.read()}
    return [one(**trusted), one(**{DatabaseOptions.TLS_SKIP_VERIFY.value: "true"}), failure(one)]


@feature("every type")
def _(connection):
    table = read(connection, "SELECT * FROM every_type ORDER BY id")
    types = {field.name: str(field.type) for field in table.schema}
    values = {name: [None if value is None else str(value) for value in table.column(name).to_pylist()] for name in types}
    return {name: [types[name], *values[name]] for name in types}


@feature("failing SQL")
def _(connection):
    return failure(lambda: read(connection, "SELECT * FROM nowhere"))


@feature("a million rows")
def _(connection):
    table = read(connection, "SELECT * FROM range(1000000) AS r(n)")
    return [table.num_rows, table.column("n").to_pylist() == list(range(1_000_000))]


def objects(connection, depth, **filters):
    """Names of what is found, nested as the driver does."""

    def names(found):
        if found is None:
            return None
        name = {"catalog_name", "db_schema_name", "table_name", "column_name"}
        told = {}
        for one in found:
            inner = next((one[key] for key in one if key in {"catalog_db_schemas", "db_schema_tables", "table_columns"}), None)
            told[next(one[key] for key in one if key in name)] = names(inner)
        return told

    return names(connection.adbc_get_objects(depth=depth, **filters).read_all().to_pylist())


@feature("catalogs, schemas and tables")
def _(connection):
    mine = {"catalog_filter": "memory", "db_schema_filter": "main"}
    return {depth: objects(connection, depth, **mine) for depth in ("catalogs", "db_schemas", "tables")} | {
        "table types": sorted(connection.adbc_get_table_types()),
        "views": objects(connection, "tables", table_types_filter=["VIEW"], **mine),
    }


@feature("columns of a table")
def _(connection):
    found = objects(connection, "all", db_schema_filter="main", table_name_filter="pe%")
    schema = connection.adbc_get_table_schema("people")
    return [found["memory"], [f"{field.name}: {field.type}" for field in schema]]


@feature("server information")
def _(connection):
    info = connection.adbc_get_info()
    return info["vendor_name"]


@feature("prepared statement")
def _(connection):
    with connection.cursor() as cursor:
        parameters = cursor.adbc_prepare("SELECT id FROM people WHERE id > ? AND name <> ?")
        schema = cursor.adbc_execute_schema("SELECT id, name FROM people")
        return [len(parameters), [str(field.type) for field in schema]]


@feature("parameters")
def _(connection):
    sql = "SELECT id, name FROM people WHERE id >= ? AND name <> ? ORDER BY id"
    return rows(connection, sql, (2, "Cy"))


@feature("many rows of parameters")
def _(connection):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE many (id BIGINT, name VARCHAR)")
        cursor.executemany("INSERT INTO many VALUES (?, ?)", [(1, "Ada"), (2, None), (2**63 - 1, "ü")])
        return [cursor.rowcount, rows(connection, "SELECT * FROM many ORDER BY id")]


@feature("ingest")
def _(connection):
    count = 100_000
    table = pa.table(
        {
            "id": pa.array(range(count), pa.int64()),
            "name": pa.array([None if n % 7 == 0 else f"name {n} and some more" for n in range(count)]),
            "amount": pa.array([None if n % 5 == 0 else n / 4 for n in range(count)], pa.float64()),
            "at": pa.array([n * 1_000_003 for n in range(count)], pa.timestamp("us")),
            "tags": pa.array([[f"t{n}", None] if n % 3 == 0 else [] for n in range(count)], pa.list_(pa.string())),
        }
    )
    seen = {}
    for mode in ("create", "append", "replace", "create_append"):
        with connection.cursor() as cursor:
            counted = cursor.adbc_ingest("ingested", table, mode=mode)
        seen[mode] = [counted, rows(connection, "SELECT count(*) FROM ingested")[0][0]]
    back = read(connection, "SELECT DISTINCT * FROM ingested ORDER BY id")
    with connection.cursor() as cursor:
        seen["create twice"] = failure(lambda: cursor.adbc_ingest("ingested", table, mode="create"))
    with connection.cursor() as cursor:
        seen["append to nothing"] = failure(lambda: cursor.adbc_ingest("nowhere", table, mode="append"))

    def breaking():
        for _ in range(40):
            yield table.to_batches()[0]
        raise OSError("the disk is gone")

    reader = pa.RecordBatchReader.from_batches(table.schema, breaking())
    with connection.cursor() as cursor:
        seen["rows fail to come"] = failure(lambda: cursor.adbc_ingest("broken", reader, mode="create"))
    seen["what is left"] = failure(lambda: read(connection, "FROM broken"))
    return seen | {"the same comes back": back.equals(table)}


@feature("transactions")
def _(connection):
    read(connection, "CREATE TABLE ledger (id BIGINT)")
    count = "SELECT count(*) FROM ledger"
    seen = []
    with connect(autocommit=False) as other:
        for end in (other.rollback, other.commit):
            with other.cursor() as cursor:
                cursor.executemany("INSERT INTO ledger VALUES (?)", [(1,), (2,)])
            seen.append([rows(other, count)[0][0], rows(connection, count)[0][0]])
            end()
            seen.append([rows(other, count)[0][0], rows(connection, count)[0][0]])
    return seen


@feature("cancel")
def _(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT a.n FROM range(10000000) AS a(n), range(1000) AS b(n)")
        reader = cursor.fetch_record_batch()
        reader.read_next_batch()
        cursor.adbc_cancel()
        ended = failure(lambda: sum(batch.num_rows for batch in reader))
    return [ended, rows(connection, "SELECT 1")]
