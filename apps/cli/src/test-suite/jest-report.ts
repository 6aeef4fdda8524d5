/** What Jest's --json says of a file of tests, as far as we read it. */
export interface FileResult {
  /** Its path. */
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly { readonly status: string }[];
}

export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  /** Of the files' own run times; files run side by side. */
  readonly seconds: number;
  /** One text a failing file, as Jest shows it. */
  readonly failures: readonly string[];
}

/** Integration tests start real processes: by their name, or because they stand in the black-box suite. For Jest's command line. */
export const integrationPattern = String.raw`(\.integration\.test\.ts$|/apps/lumina-e2e/)`;

const integration = new RegExp(integrationPattern);
const isIntegration = (path: string): boolean => integration.test(path);

const hasFailed = ({ status }: FileResult): boolean => status === 'failed';
export const failureText = ({ name, message }: FileResult): string => `${name}\n${message}`;

function countOf(results: readonly FileResult[]): TestCount {
  const statuses = results.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status));
  const failing = results.filter(hasFailed);
  // A file that cannot even be loaded has no tests to fail.
  const broken = failing.filter(
    ({ assertionResults }) => !assertionResults.some(({ status }) => status === 'failed'),
  );
  return {
    passed: statuses.filter((status) => status === 'passed').length,
    failed: statuses.filter((status) => status === 'failed').length + broken.length,
    seconds: results.reduce((sum, { startTime, endTime }) => sum + (endTime - startTime) / 1_000, 0),
    failures: failing.map(failureText),
  };
}

export const readJestReport = (json: string): readonly FileResult[] =>
  (JSON.parse(json) as { readonly testResults: readonly FileResult[] }).testResults;

export const failedIn = (results: readonly FileResult[]): readonly FileResult[] => results.filter(hasFailed);

export const countsOf = (
  results: readonly FileResult[],
): { readonly unit: TestCount; readonly integration: TestCount } => ({
  unit: countOf(results.filter(({ name }) => !isIntegration(name))),
  integration: countOf(results.filter(({ name }) => isIntegration(name))),
});
