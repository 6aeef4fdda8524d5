import { fileName } from './file-name.mjs';
import { functionLines } from './function-lines.mjs';
import { parameterCount } from './parameter-count.mjs';

/** The house's own lint rules, as an ESLint plugin. */
export const house = {
  meta: { name: 'house', version: '1' },
  rules: { 'file-name': fileName, 'function-lines': functionLines, 'parameter-count': parameterCount },
};
