/**
 * What `npm test` counts, from vitest's JSON report.
 * @typedef {{ status: string, assertionResults: readonly { status: string, fullName: string }[] }} TestFile
 * @typedef {{ passed: number, failed: number, skipped: readonly string[], allowed: number }} Counts
 */

/**
 * @param {readonly TestFile[]} files
 * @param {number} status vitest's exit status
 * @param {(name: string) => boolean} mayBeSkipped by the test's full name
 * @returns {Counts} `allowed`: how many of the skipped are no failures
 */
export function countTests(files, status, mayBeSkipped) {
  const tests = files.flatMap((file) => file.assertionResults);
  const withStatus = (/** @type {string} */ wanted) => tests.filter((test) => test.status === wanted).length;
  const skipped = tests
    .filter((test) => test.status !== 'passed' && test.status !== 'failed')
    .map((test) => test.fullName);
  const allowed = skipped.filter(mayBeSkipped).length;
  // A file that could not even be loaded holds no tests but has failed all the same.
  const broken = files.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const failed = withStatus('failed') + broken;
  // An error outside every test, thrown late by a timer say, shows in nothing but the status.
  const outside = status !== 0 && failed === 0 ? 1 : 0;
  return { passed: withStatus('passed'), failed: failed + skipped.length - allowed + outside, skipped, allowed };
}
