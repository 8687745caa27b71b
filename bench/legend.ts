/** What the table's reader has to know. */
export const legend = `Ours and its yardstick run by turns, at least five times each. Figures are medians, memory is that of the worst run. The ratio is
ours divided by the yardstick, pair by pair: of rows per second, for start-up of wall time, for "10 times the rows" of memory.
The CPU ratio is that of rows per CPU second: user and system time of the processes named, without servers, feeders and
readers; in "tap | target" with both servers. Other work on the machine moves wall times and not CPU times, so where the two
ratios disagree about a bar the CPU ratio decides, except where the bar says wall: a pipe waits and computes nothing, and an
ingest is the server's work. Peak MB is the resident memory of the largest process.

Whole paths are timed from the first process's start to the last one's end, the first call from the tap's start until the
headers of its first gRPC call have reached the server. Rows inside the server, writers, parsers and Parquet are timed inside a
process of their own after one untimed round; writers and ingest have their whole input in memory. MB are 10^6 bytes: of JSON
where lines are involved (each side its own), of Arrow elsewhere. DuckDB runs on one thread, and its JSON has no envelope of a
protocol. The naive peers are programs of bench/peers that use apache-arrow and grpc-js with their defaults. Tap and target of
the Meltano SDK read and load through the ADBC driver, a tenth and a twentieth of the rows.`;

/** What to make of a run with `--quick`. */
export const quickNote =
  "Quick run: one repetition, and start-up weighs too much in these short runs for the bars to be judged by them.";
