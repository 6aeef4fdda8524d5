import { dispatch } from './command-line/dispatch';
import { shellOfProcess } from './command-line/shell';

void dispatch(process.argv.slice(2), shellOfProcess()).then((exitCode) => {
  process.exitCode = exitCode;
});
