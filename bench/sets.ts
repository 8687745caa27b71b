import { fileURLToPath } from "node:url";

export type SetName = "taxi" | "flights" | "wide" | "narrow";

/** A table that the bench reads and loads: made by SQL alone, so every machine has the same rows. */
export interface DataSet {
  readonly name: SetName;
  readonly rows: { readonly full: number; readonly quick: number };
  /** Statements that create the table in an empty DuckDB database. */
  sql(rows: number): string;
}

/**
 * `pick(i, salt, n)` is a pseudo-random integer of 0 .. n-1 that depends on row and salt only, `unit` a
 * double of [0, 1) with all its 53 bits in use.
 */
const macros = `
  CREATE TEMP MACRO pick(i, salt, n) AS CAST(hash(i * 64 + salt) % n AS BIGINT);
  CREATE TEMP MACRO unit(i, salt) AS (hash(i * 64 + salt) >> 11) / 9007199254740992.0;`;

/** NYC's yellow taxi trips by shape: 4 int64, 2 timestamps, 12 doubles (4 nullable), 1 short nullable string. */
const taxi: DataSet = {
  name: "taxi",
  rows: { full: 2_000_000, quick: 500_000 },
  sql: (rows) => `${macros}
    CREATE TABLE taxi (
      VendorID BIGINT NOT NULL, tpep_pickup_datetime TIMESTAMP NOT NULL,
      tpep_dropoff_datetime TIMESTAMP NOT NULL, passenger_count DOUBLE, trip_distance DOUBLE NOT NULL,
      RatecodeID DOUBLE, store_and_fwd_flag VARCHAR, PULocationID BIGINT NOT NULL,
      DOLocationID BIGINT NOT NULL, payment_type BIGINT NOT NULL, fare_amount DOUBLE NOT NULL,
      extra DOUBLE NOT NULL, mta_tax DOUBLE NOT NULL, tip_amount DOUBLE NOT NULL,
      tolls_amount DOUBLE NOT NULL, improvement_surcharge DOUBLE NOT NULL, total_amount DOUBLE NOT NULL,
      congestion_surcharge DOUBLE, airport_fee DOUBLE);
    INSERT INTO taxi
    SELECT 1 + pick(i, 0, 2), make_timestamp(pickup), make_timestamp(pickup + (60 + pick(i, 2, 3540)) * 1000000),
      CASE WHEN pick(i, 3, 20) > 0 THEN pick(i, 4, 7) END, pick(i, 5, 2000) / 100,
      CASE WHEN pick(i, 6, 20) > 0 THEN 1 + pick(i, 7, 6) END,
      CASE WHEN pick(i, 8, 20) > 0 THEN CASE WHEN pick(i, 9, 100) > 0 THEN 'N' ELSE 'Y' END END,
      1 + pick(i, 10, 265), 1 + pick(i, 11, 265), 1 + pick(i, 12, 4), (300 + pick(i, 13, 6000)) / 100,
      [0, 0.5, 1, 2.5][1 + pick(i, 14, 4)], 0.5, pick(i, 15, 1000) / 100,
      CASE WHEN pick(i, 16, 10) = 0 THEN 6.94 ELSE 0 END, 1, (500 + pick(i, 17, 8000)) / 100,
      CASE WHEN pick(i, 18, 20) > 0 THEN 2.5 END,
      CASE WHEN pick(i, 19, 20) > 0 THEN CASE WHEN pick(i, 20, 10) = 0 THEN 1.75 ELSE 0 END END
    FROM (SELECT i, 1704067200000000 + pick(i, 1, 2678400) * 1000000 AS pickup FROM range(${String(rows)}) rows(i));`,
};

/** Ten texts of 50 to 500 characters; one in five holds quotes, backslashes, line feeds and emoji. */
const wide: DataSet = {
  name: "wide",
  rows: { full: 100_000, quick: 20_000 },
  sql: (rows) => {
    const columns = Array.from({ length: 10 }, (_, k) => ({
      name: `text_${String(k)}`,
      constraint: k < 3 ? "" : " NOT NULL",
      value: wideText(k),
    }));
    return `${macros}
    CREATE TEMP TABLE pool AS
      WITH words AS (SELECT ['lorem', 'ipsum', 'dolor', 'sit', 'amet', 'consectetur', 'the', 'quick', 'brown',
        'fox', 'jumps', 'over', 'lazy', 'dog', 'engineer', 'data', '"quoted"', 'back\\slash', 'naïve', '日本語',
        'emoji😀', chr(10) || 'break', chr(9) || 'tab', 'Straße'] AS word)
      SELECT list(text ORDER BY p) AS texts FROM (
        SELECT p, string_agg(word[1 + pick(p * 1000 + j, 40, CASE WHEN p < 12 THEN 16 ELSE 24 END)], ' ' ORDER BY j) AS text
        FROM words, range(15) pool(p), range(250) piece(j) GROUP BY p);
    CREATE TABLE wide (id BIGINT NOT NULL, ${columns.map((c) => `${c.name} VARCHAR${c.constraint}`).join(", ")});
    INSERT INTO wide SELECT i, ${columns.map((c) => c.value).join(",\n      ")}
    FROM range(${String(rows)}) rows(i), pool;`;
  },
};

function wideText(column: number): string {
  const salt = String(column * 4);
  const text = `substr(texts[1 + pick(i, ${salt} + 1, 15)], 1 + pick(i, ${salt} + 2, 400), 50 + pick(i, ${salt} + 3, 451))`;
  return column < 3
    ? `CASE WHEN pick(i, ${salt}, 10) > 0 THEN ${text} END`
    : text;
}

/** Numbers only, the doubles with all their digits: what costs most per byte to print and parse. */
const narrow: DataSet = {
  name: "narrow",
  rows: { full: 2_000_000, quick: 400_000 },
  sql: (rows) => `${macros}
    CREATE TABLE narrow (a BIGINT NOT NULL, b INTEGER NOT NULL, x DOUBLE NOT NULL, y DOUBLE NOT NULL);
    INSERT INTO narrow
    SELECT pick(i, 0, 2147483648) * 1024, pick(i, 1, 2000000) - 1000000, unit(i, 2) * 1000, unit(i, 3)
    FROM range(${String(rows)}) rows(i);`,
};

/** Real rows: the US flights of 2001's first half, of the dev dependency vega-datasets. */
const flights: DataSet = {
  name: "flights",
  rows: { full: 3_000_000, quick: 400_000 },
  sql: (rows) => {
    const module = import.meta.resolve("vega-datasets");
    const file = fileURLToPath(new URL("../data/flights-3m.parquet", module));
    return `CREATE TABLE flights AS
      SELECT * FROM read_parquet('${file.replaceAll("'", "''")}') LIMIT ${String(rows)};`;
  },
};

export const dataSets: Readonly<Record<SetName, DataSet>> = {
  taxi,
  flights,
  wide,
  narrow,
};
