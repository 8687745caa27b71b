/** What the table's reader has to know. */
export const legend = `Every figure is the median of its repetitions, which ours and its yardstick take by turns; the ratio is that of rows per
second (for spec: of wall time), pair by pair. Whole paths are timed from the first process's start to the last one's end; rows
inside the server, the writer and the parser are timed inside a process of their own after one untimed round, the writer and the
ingest with their whole input in memory. MB are 10^6 bytes: of JSON where lines are involved (each side its own), of Arrow inside
the server. CPU is user and system time of the processes named, without servers, feeders and readers; peak MB is the resident
memory of the largest of them. DuckDB's JSON runs on one thread and has no Singer envelope. The naive peers are programs of
bench/peers that use apache-arrow and grpc-js with their defaults.`;

/** What to make of a run with `--quick`. */
export const quickNote =
  "Quick run: start-up weighs too much in these short runs for the bars to be judged by them.";
