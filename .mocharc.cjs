// Every test file runs by itself, in any order. In CI a skipped test is a failure.
const named = process.argv.slice(2).some(word => word.endsWith('.test.js'));

module.exports = {
  spec: named ? [] : ['dist/test/**/*.test.js'],
  reporter: 'dist/test/helpers/reporter.cjs',
  require: ['dist/test/helpers/preflight.js', 'dist/test/helpers/processes/reap.js'],
  timeout: 120_000,
  forbidOnly: Boolean(process.env.CI),
  forbidPending: Boolean(process.env.CI),
};
