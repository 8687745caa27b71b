"""Parquet files for ROAPI: every_type, moments, appended (empty) and long. Usage: roapi-tables.py FOLDER."""

import datetime
import sys
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as parquet

folder = sys.argv[1]
columns = {}


def column(kind, *values, name=None):
    columns[name or str(kind)] = pa.array([*values, None], kind)


columns["id"] = pa.array([1, 2, 3], pa.int64())
for bits in (8, 16, 32, 64):
    column(getattr(pa, f"int{bits}")(), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    column(getattr(pa, f"uint{bits}")(), 0, 2**bits - 1)
column(pa.float32(), 0.1, -0.0)
column(pa.float64(), 5e-324, float("nan"))
column(pa.float64(), float("inf"), float("-inf"), name="infinite")
column(pa.bool_(), True, False)
column(pa.string(), 'ü "quoted" \\ \n', "")
column(pa.large_string(), "𝄞", "x" * 10_000)
column(pa.binary(), b"\x00\xff\xfe", b"")
column(pa.binary(2), b"\x00\xff", b"ab")
column(pa.decimal128(10, 2), Decimal("-99999999.99"), Decimal("0.10"))
column(pa.decimal128(38, 9), Decimal("12345678901234567890123456789.123456789"), Decimal("-0.000000001"))
column(pa.date32(), datetime.date(1, 1, 1), datetime.date(9999, 12, 31))
column(pa.time32("ms"), 0, 86_399_999)
column(pa.time64("us"), 0, 86_399_999_999)
for unit in ("ms", "us", "ns"):
    column(pa.timestamp(unit), -1, 1_700_000_000_123)
column(pa.timestamp("us", "UTC"), -1, 1_700_000_000_123_456)
column(pa.list_(pa.int64()), [1, None, -(2**63)], [], name="list")
column(pa.list_(pa.struct([("a", pa.decimal128(20, 2))])), [{"a": Decimal("0.10")}, None], [], name="list of structs")
column(
    pa.struct([("a", pa.int32()), ("b", pa.timestamp("us"))]),
    {"a": 1, "b": 1},
    {"a": None, "b": None},
    name="struct",
)
column(pa.map_(pa.string(), pa.int64()), [("k", 2**53 + 1), ('"', None)], [], name="map")
parquet.write_table(pa.table(columns), f"{folder}/every_type.parquet")

latest = 1_709_208_000_123_456_789
moments = {
    "at": pa.array([1_704_067_200_000_000_000, 1_704_067_200_000_000_001, None, latest, 0], pa.timestamp("ns")),
    "note": ["a", "b", "c", "d", None],
}
parquet.write_table(pa.table(moments), f"{folder}/moments.parquet")

people = pa.schema([("id", pa.int64()), ("name", pa.string()), ("note", pa.string())])
parquet.write_table(people.empty_table(), f"{folder}/appended.parquet")

count = 300_000
long = {"id": pa.array(range(count), pa.int64()), "text": [f"{n:0>200}" for n in range(count)]}
parquet.write_table(pa.table(long), f"{folder}/long.parquet")
