export { type ChartSources, chartFiles, copiedFolders } from './chart-files';
