import { createRequire } from 'node:module';
import { ConfigurationError } from '@lumina/platform';
import { type Tool, offerOf } from './tool';

/**
 * Tools that a deployment brings along: modules that export `tools`, each as tool.ts declares them. They run with the executor's own
 * rights, like everything else in its image: only what an operator put there is loaded.
 *
 * @throws ConfigurationError that names the module and what is wrong with it
 */
export function toolsOfModules(paths: readonly string[]): readonly Tool[] {
  const load = createRequire(__filename);
  return paths.flatMap((path) => {
    try {
      const { tools } = load(path) as { tools?: readonly Tool[] };
      if (!Array.isArray(tools)) throw new Error('it exports no list `tools`');
      for (const tool of tools as readonly Tool[]) check(tool);
      return tools as readonly Tool[];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConfigurationError(`LUMINA_TOOL_MODULES: ${path}: ${reason}`);
    }
  });
}

function check(tool: Tool): void {
  const { name } = offerOf(tool);
  if (typeof tool.run !== 'function') throw new Error(`the tool ${name} has no function \`run\``);
}
