// Aggregations by DuckDB: duckdb.mjs THREADS QUERIES. 0 threads: DuckDB's own choice.
import { DuckDBInstance } from '@duckdb/node-api';
import { span, working } from './span.mjs';

const [threads, queries] = process.argv.slice(2).map(Number);
const instance = await DuckDBInstance.create(':memory:', threads > 0 ? { threads: String(threads) } : {});
const connection = await instance.connect();
await connection.run('create table t as select i % 50000 as k, (i * 7919) % 1000003 as v from range(1500000) r(i)');
const query = () =>
  connection.run('select k, sum(v), avg(v), max(v) from t group by k having sum(v) > 0 order by 2 desc limit 10');
await query();
const start = working();
for (let i = 0; i < queries; i++) await query();
span(start, queries);
