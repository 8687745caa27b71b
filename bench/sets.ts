import { fileURLToPath } from "node:url";

export type SetName =
  "taxi" | "flights" | "wide" | "narrow" | "broad" | "nested" | "decimals";

/** A table that the bench reads and loads: made by SQL alone, so every machine has the same rows. */
export interface DataSet {
  readonly name: SetName;
  readonly rows: { readonly full: number; readonly quick: number };
  /** Statements that create the table in an empty DuckDB database. */
  sql(rows: number): string;
}

/** A table to read: a set's own, or its view `<set>_tenfold` that has ten times the rows. */
export interface Table {
  readonly set: SetName;
  readonly table: string;
  readonly rows: number;
}

export function tenfold({ set, rows }: Table): Table {
  return { set, table: `${set}_tenfold`, rows: rows * 10 };
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
  rows: { full: 2_000_000, quick: 200_000 },
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
  rows: { full: 100_000, quick: 10_000 },
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
  rows: { full: 2_000_000, quick: 200_000 },
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

/** 200 columns of ten types by turns; every other ten have NULLs. */
const broad: DataSet = {
  name: "broad",
  rows: { full: 60_000, quick: 5_000 },
  sql: (rows) => {
    const columns = Array.from({ length: 200 }, (_, k) => {
      const salt = String(k * 2);
      const digits = `pick(i, ${salt}, 1000000)`;
      const [type, value] = [
        ["BIGINT", `${digits} * 1000003`],
        ["INTEGER", `${digits} - 500000`],
        ["SMALLINT", `${digits} % 30000`],
        ["DOUBLE", `${digits} / 100`],
        ["DOUBLE", `unit(i, ${salt})`],
        ["BOOLEAN", `${digits} % 2 = 0`],
        ["VARCHAR", `'item ' || ${digits}`],
        ["DATE", `DATE '2024-01-01' + CAST(${digits} % 3650 AS INTEGER)`],
        [
          "TIMESTAMP",
          `make_timestamp(1704067200000000 + ${digits} * 60000000)`,
        ],
        ["DECIMAL(18,4)", `CAST(${digits} AS DECIMAL(18,4)) / 8`],
      ][k % 10] as [string, string];
      const nullable = Math.floor(k / 10) % 2 === 1;
      return {
        column: `c${String(k)} ${type}${nullable ? "" : " NOT NULL"}`,
        value: nullable
          ? `CASE WHEN pick(i, ${salt} + 1, 10) > 0 THEN ${value} END`
          : value,
      };
    });
    return `${macros}
    CREATE TABLE broad (${columns.map(({ column }) => column).join(", ")});
    INSERT INTO broad SELECT ${columns.map(({ value }) => value).join(",\n      ")}
    FROM range(${String(rows)}) rows(i);`;
  },
};

/** Orders: a list of texts, a list of doubles, a struct, and a list of structs that hold a list. */
const nested: DataSet = {
  name: "nested",
  rows: { full: 300_000, quick: 20_000 },
  sql: (rows) => `${macros}
    CREATE TABLE nested (
      id BIGINT NOT NULL, tags VARCHAR[], scores DOUBLE[] NOT NULL,
      customer STRUCT(name VARCHAR, age INTEGER, place STRUCT(lat DOUBLE, lon DOUBLE)) NOT NULL,
      lines STRUCT(sku VARCHAR, quantity INTEGER, price DOUBLE, codes INTEGER[])[] NOT NULL);
    INSERT INTO nested
    SELECT i,
      CASE WHEN pick(i, 0, 10) > 0 THEN [CASE WHEN pick(i, j + 1, 8) > 0 THEN 'tag ' || pick(i, j + 2, 500) END
        FOR j IN range(pick(i, 3, 5))] END,
      [pick(i, j + 10, 10000) / 100 FOR j IN range(pick(i, 4, 6))],
      {name: 'customer ' || pick(i, 5, 100000), age: CASE WHEN pick(i, 6, 4) > 0 THEN 18 + pick(i, 7, 70) END,
        place: {lat: pick(i, 8, 180000) / 1000 - 90, lon: pick(i, 9, 360000) / 1000 - 180}},
      [{sku: 'sku-' || pick(i, j + 20, 9000), quantity: 1 + pick(i, j + 30, 9), price: pick(i, j + 40, 50000) / 100,
        codes: [pick(i, j + k, 1000) FOR k IN range(pick(i, j + 50, 4))]} FOR j IN range(1 + pick(i, 60, 3))]
    FROM range(${String(rows)}) rows(i);`,
};

/** Decimals of every width that DuckDB has, and timestamps to the microsecond. */
const decimals: DataSet = {
  name: "decimals",
  rows: { full: 1_000_000, quick: 100_000 },
  sql: (rows) => `${macros}
    CREATE TABLE decimals (
      id BIGINT NOT NULL, small DECIMAL(4,1) NOT NULL, price DECIMAL(9,2) NOT NULL, rate DECIMAL(18,6),
      amount DECIMAL(18,4) NOT NULL, total DECIMAL(38,10) NOT NULL, exact DECIMAL(38,18),
      created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL, shipped TIMESTAMP, seen TIMESTAMP NOT NULL);
    INSERT INTO decimals
    SELECT i, CAST(pick(i, 0, 9999) AS DECIMAL(9,1)) / 10, CAST(pick(i, 1, 99999999) AS DECIMAL(18,2)) / 100 - 5000,
      CASE WHEN pick(i, 2, 10) > 0 THEN pick(i, 3, 1000000000) / 1000000 END,
      CAST(pick(i, 4, 1000000000000) AS DECIMAL(18,4)) / 64,
      CAST(pick(i, 5, 1000000000000) AS DECIMAL(38,10)) * 1000003 + CAST(unit(i, 6) AS DECIMAL(18,10)),
      CASE WHEN pick(i, 7, 10) > 0 THEN CAST(pick(i, 8, 1000000000) AS DECIMAL(38,18)) + CAST(unit(i, 9) AS DECIMAL(38,18)) END,
      make_timestamp(moment), make_timestamp(moment + pick(i, 11, 86400000000)),
      CASE WHEN pick(i, 12, 3) > 0 THEN make_timestamp(moment + pick(i, 13, 600) * 1000000) END,
      make_timestamp(moment + pick(i, 14, 1000000000) * 1000)
    FROM (SELECT i, 1577836800000000 + pick(i, 10, 100000000000000) AS moment FROM range(${String(rows)}) rows(i));`,
};

export const dataSets: Readonly<Record<SetName, DataSet>> = {
  taxi,
  flights,
  wide,
  narrow,
  broad,
  nested,
  decimals,
};
