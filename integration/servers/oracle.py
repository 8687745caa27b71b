"""A second opinion on a Flight SQL server: the ADBC driver of Apache Arrow (Go).

Usage: oracle.py URL [USER PASSWORD]. Each line of stdin is a request, each line of stdout its answer,
{"value": ...} or {"error": text}:

  {"run": SQL}                       runs a statement
  {"rows": SQL}                      rows of a query, each value as text
  {"types": SQL}                     Arrow types of a query's columns, by name
  {"differences": SQL, "lines": [], "order": []}
                                     holds RECORD lines of a tap or a source against the rows of a query, both
                                     ordered by some columns: what JSON says is made an Arrow column of the
                                     driver's type, then compared
"""

import base64
import datetime
import json
import re
import sys
from decimal import Decimal

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa

UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def scaled(seconds, fraction, unit):
    """Seconds and the digits behind the point as one exact integer of the unit."""
    digits = (fraction or "").ljust(9, "0")
    return seconds * UNITS[unit] + int(digits) // (1_000_000_000 // UNITS[unit])


def day(text):
    """Days since 1970-01-01 in the proleptic Gregorian calendar, for every year: datetime knows those from 1 to 9999."""
    year, month, date = map(int, re.fullmatch(r"([+-]?\d+)-(\d\d)-(\d\d)", text).groups())
    cycles = (year - 2000) // 400
    return (datetime.date(year - 400 * cycles, month, date) - datetime.date(1970, 1, 1)).days + 146_097 * cycles


def clock(text):
    hours, minutes, seconds, fraction = re.fullmatch(r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?", text).groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds), fraction


def timestamp(text, unit):
    date, time = text.removesuffix("Z").split("T")
    seconds, fraction = clock(time)
    return scaled(day(date) * 86_400 + seconds, fraction, unit)


def duration(text, unit):
    sign, seconds, fraction = re.fullmatch(r"(-?)PT(\d+)(?:\.(\d+))?S", text).groups()
    return scaled(int(seconds), fraction, unit) * (-1 if sign else 1)


def interval(text):
    if re.match("-?PT", text):
        return pa.MonthDayNano([0, 0, duration(text, "ns")])
    months, days, seconds = re.fullmatch(r"P(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(-?[\d.]+)S)?", text).groups(default=0)
    return pa.MonthDayNano([int(months), int(days), int(Decimal(seconds) * 1_000_000_000)])


def of_json(value, kind):
    """A value of JSON as what pyarrow takes for a type; integers and decimals stay exact."""
    types = pa.types
    if value is None:
        return None
    if types.is_dictionary(kind):
        return of_json(value, kind.value_type)
    if types.is_floating(kind):
        return float(value)
    if types.is_decimal(kind):
        return Decimal(value)
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return base64.b64decode(value, validate=True)
    if types.is_date(kind):
        return day(value) * (86_400_000 if types.is_date64(kind) else 1)
    if types.is_time(kind):
        return scaled(*clock(value), kind.unit)
    if types.is_timestamp(kind):
        return timestamp(value, kind.unit)
    if types.is_duration(kind):
        return duration(value, kind.unit)
    if types.is_interval(kind):
        return interval(value)
    if types.is_map(kind):
        pairs = value.items() if isinstance(value, dict) else [(one["key"], one["value"]) for one in value]
        return [(of_json(key, kind.key_type), of_json(item, kind.item_type)) for key, item in pairs]
    if types.is_struct(kind):
        return {field.name: of_json(value[field.name], field.type) for field in kind}
    if types.is_nested(kind):
        return [of_json(item, kind.value_type) for item in value]
    return value


def plain(kind):
    """The type that carries the same values without a dictionary."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def name(kind):
    """pyarrow's name of a type, without what is only a matter of addressing."""
    return str(kind).replace("large_", "")


def differences(told, lines, order):
    exact = {"parse_float": str, "parse_int": lambda text: text if text == "-0" else int(text)}
    records = [json.loads(line, **exact)["record"] for line in lines]
    records = [record.get("data", record) for record in records]
    found = []
    if len(records) != told.num_rows:
        return [f"{len(records)} records for {told.num_rows} rows"]
    schema = pa.schema([(field.name, plain(field.type)) for field in told.schema])
    columns = [[of_json(record[field.name], field.type) for record in records] for field in schema]
    keys = [(name, "ascending") for name in order]
    said = pa.table(columns, schema=schema).sort_by(keys)
    told = told.cast(schema).sort_by(keys)
    for field in schema:
        ours, theirs = (table.column(field.name).combine_chunks() for table in (said, told))
        # Equality takes -0.0 for 0.0 and NaN for different from itself; the text of a float does neither.
        texts = pa.types.is_floating(field.type)
        if not (repr(ours.to_pylist()) == repr(theirs.to_pylist()) if texts else ours.equals(theirs)):
            found.append(f"{field.name} ({field.type}): JSON says {ours}, the server {theirs}"[:2000])
    return found


def main():
    user = {"username": sys.argv[2], "password": sys.argv[3]} if len(sys.argv) > 2 else {}
    connection = flightsql.connect(sys.argv[1], db_kwargs=user, autocommit=True)

    def query(sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetch_arrow_table()

    def answer(request):
        if "run" in request:
            query(request["run"])
            return None
        if "rows" in request:
            rows = query(request["rows"]).to_pylist()
            return [[None if value is None else str(value) for value in row.values()] for row in rows]
        if "types" in request:
            return {field.name: name(field.type) for field in query(request["types"]).schema}
        return differences(query(request["differences"]), request["lines"], request["order"])

    for line in sys.stdin:
        try:
            said = {"value": answer(json.loads(line))}
        except Exception as error:  # noqa: BLE001, the driver has many classes
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), flush=True)


main()
