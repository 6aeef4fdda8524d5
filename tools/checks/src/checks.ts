import type { Check } from './check';
import { dashboards } from './dashboards';
import { dependencyTable } from './dependency-table';
import { errorTable } from './error-table';
import { noImportCycles } from './import-cycles';
import { leftBehind } from './left-behind';
import { lockFile } from './lock-file';
import { luaHeaders } from './lua-headers';
import { markdownLinks } from './markdown-links';
import { metricsPage } from './metrics-page';
import { projectTags } from './project-tags';
import { signals } from './signals';
import { workflows } from './workflows';

export const checks: readonly Check[] = [
  errorTable,
  dependencyTable,
  lockFile,
  leftBehind,
  markdownLinks,
  workflows,
  projectTags,
  luaHeaders,
  signals,
  dashboards,
  metricsPage,
  noImportCycles,
];
