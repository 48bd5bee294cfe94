// Run by query.js: opens a table, asks for one cell, and prints milliseconds and MiB.
//   node benchmarks/openOnce.js TABLE.arrow MODULE_HASH
const start = performance.now();
const { NASBench } = await import('@nasbench/dataset');
const loaded = performance.now();
const before = process.memoryUsage().rss;
const bench = await NASBench.open(process.argv[2]);
bench.query(process.argv[3]);
const memory = (process.memoryUsage().rss - before) / 2 ** 20;
process.stdout.write(JSON.stringify({ loading: loaded - start, opening: performance.now() - loaded, memory }));
