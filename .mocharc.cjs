// Every test file runs by itself, in any order; in CI a skipped test is a failure.
module.exports = {
  spec: ['dist/test/**/*.test.js'],
  reporter: 'dist/test/helpers/reporter.cjs',
  require: ['dist/test/helpers/reap.js'],
  timeout: 120_000,
  forbidOnly: Boolean(process.env.CI),
  forbidPending: Boolean(process.env.CI),
};
