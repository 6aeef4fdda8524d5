import { basename, relative, sep } from 'node:path';

const stem = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** Names that say what kind of code is inside instead of what it is about. */
const empty = new Set(['utils', 'util', 'common', 'shared', 'helpers', 'helper', 'types', 'misc']);

/**
 * @param {string} path relative to the workspace, with forward slashes
 * @returns {{ messageId: 'notKebab' | 'empty', name: string } | undefined}
 */
function faultOf(path) {
  for (const part of path.split('/')) {
    const [first = '', ...suffixes] = part.split('.');
    if (![first, ...suffixes].every((word) => stem.test(word))) return { messageId: 'notKebab', name: part };
    if (empty.has(first)) return { messageId: 'empty', name: part };
  }
  return undefined;
}

/** Files and folders are kebab-case nouns; none is called utils, common, shared, helpers, types or misc. */
export const fileName = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      notKebab: '"{{name}}" is not kebab-case',
      empty: '"{{name}}" says nothing about its content: name the thing that it holds',
    },
  },
  create(context) {
    return {
      Program(node) {
        const path = relative(context.cwd, context.filename).split(sep).join('/');
        if (path.startsWith('..') || basename(path).startsWith('<')) return;
        const fault = faultOf(path);
        if (fault) context.report({ node, messageId: fault.messageId, data: { name: fault.name } });
      },
    };
  },
};
