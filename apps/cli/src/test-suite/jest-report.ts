/** What Jest's --json says, as far as we read it. */
interface JestJson {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
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

function countOf(results: JestJson['testResults']): TestCount {
  const statuses = results.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status));
  const failing = results.filter(({ status }) => status === 'failed');
  // A file that cannot even be loaded has no tests to fail.
  const broken = failing.filter(
    ({ assertionResults }) => !assertionResults.some(({ status }) => status === 'failed'),
  );
  return {
    passed: statuses.filter((status) => status === 'passed').length,
    failed: statuses.filter((status) => status === 'failed').length + broken.length,
    seconds: results.reduce((sum, { startTime, endTime }) => sum + (endTime - startTime) / 1_000, 0),
    failures: failing.map(({ name, message }) => `${name}\n${message}`),
  };
}

export function readJestReport(json: string): { readonly unit: TestCount; readonly integration: TestCount } {
  const { testResults } = JSON.parse(json) as JestJson;
  return {
    unit: countOf(testResults.filter(({ name }) => !isIntegration(name))),
    integration: countOf(testResults.filter(({ name }) => isIntegration(name))),
  };
}
