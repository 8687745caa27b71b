"""What SQLAlchemy (1.4) does with an embedded server through flightsql-dbapi, which Superset uses.

Usage: sqlalchemy.py PORT USER PASSWORD TLS_PORT. Prints one JSON object for each feature: {"feature": name, "value": ...}
or {"feature": name, "error": text}.
"""

import json
import sys
import warnings

# The folder of this script has the name of a package that is to be imported.
sys.path.pop(0)

import flightsql.sqlalchemy  # noqa: E402, F401, registers the dialect
import sqlalchemy as sa  # noqa: E402
from flightsql import FlightSQLClient, connect  # noqa: E402

port, username, password, tls_port = sys.argv[1:]
warnings.simplefilter("ignore")


def engine(secret=password, **options):
    text = "&".join(["insecure=true", *(f"{name}={value}" for name, value in options.items())])
    return sa.create_engine(f"datafusion+flightsql://{username}:{secret}@127.0.0.1:{port}?{text}")


plain = engine()
prepared = engine(
    **{"feature-sqlalchemy-prepared-statements": "on", "feature-sqlalchemy-primary-keys": "on", "x-trace": "1"}
)


def feature(name):
    """Runs a function at once and tells what it returns."""

    def run(function):
        try:
            said = {"value": function()}
        except Exception as error:  # noqa: BLE001, each layer has its own classes
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"feature": name, **said}), flush=True)

    return run


def rows(statement, on=plain):
    statement = sa.text(statement) if isinstance(statement, str) else statement
    with on.connect() as connection:
        return [list(map(str, row)) for row in connection.execute(statement)]


def failure(function):
    try:
        function()
    except Exception as error:  # noqa: BLE001
        return type(error).__name__
    return "no error"


def people(on):
    return sa.Table("people", sa.MetaData(), autoload_with=on, schema="main")


@feature("log in")
def _():
    client = FlightSQLClient(host="127.0.0.1", port=int(port), insecure=True, user=username, password=password)
    cursor = connect(client).cursor()
    cursor.execute("SELECT id, name FROM people ORDER BY id LIMIT 1")
    return [rows("SELECT 1"), list(cursor.fetchone())]


@feature("wrong password")
def _():
    return failure(lambda: engine("n0t-the-p4ssword"))


@feature("TLS")
def _():
    def one(**options):
        client = FlightSQLClient(host="localhost", port=int(tls_port), user=username, password=password, **options)
        cursor = connect(client).cursor()
        cursor.execute("SELECT 1")
        return [list(map(str, row)) for row in cursor.fetchall()]

    return [one(disable_server_verification=True), failure(one)]


@feature("every type")
def _():
    return rows("SELECT * FROM every_type WHERE id = 1")


@feature("failing SQL")
def _():
    return failure(lambda: rows("SELECT * FROM nowhere"))


@feature("catalogs, schemas and tables")
def _():
    inspector = sa.inspect(plain)
    found = [inspector.has_table(name, "main") for name in ("people", "nowhere")]
    return [inspector.get_schema_names(), inspector.get_table_names("main"), found]


@feature("columns of a table")
def _():
    columns = sa.inspect(plain).get_columns("people", "main")
    return [[column["name"], str(column["type"]), column["nullable"]] for column in columns]


@feature("keys")
def _():
    return sa.inspect(prepared).get_pk_constraint("people", "main")


@feature("parameters")
def _():
    table = people(prepared)
    return rows(sa.select(table).where(table.c.id > 1).where(table.c.name != "Cy").limit(1), prepared)


@feature("many rows of parameters")
def _():
    rows("CREATE TABLE many (id BIGINT, name VARCHAR)")
    table = sa.Table("many", sa.MetaData(), sa.Column("id", sa.BigInteger), sa.Column("name", sa.String))
    with prepared.connect() as connection:
        connection.execute(table.insert(), [{"id": 1, "name": "o'x"}, {"id": 2, "name": "ü"}])
        written = rows("SELECT * FROM many ORDER BY id")
        connection.execute(table.insert(), [{"id": 3, "name": None}])
    return written
