/** @param {import('estree').Node} callee the name at the root of `describe`, `describe.each(...)`, … */
function rootName(callee) {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type === 'MemberExpression') return rootName(callee.object);
  if (callee.type === 'CallExpression') return rootName(callee.callee);
  return undefined;
}

const declaresTests = (node) =>
  node?.type === 'CallExpression' && ['describe', 'it', 'test'].includes(rootName(node.callee));

const isDescribe = (node) => node?.type === 'CallExpression' && rootName(node.callee) === 'describe';

/** A suite is a chapter, not a function: the callback of `describe`, or a function that itself declares tests. */
function isSuite(node) {
  if (isDescribe(node.parent) && node.parent.arguments.includes(node)) return true;
  if (node.body.type !== 'BlockStatement') return declaresTests(node.body);
  return node.body.body.some(
    (statement) => statement.type === 'ExpressionStatement' && declaresTests(statement.expression),
  );
}

/** Functions end within `max` lines. Suites of tests are exempt. */
export const functionLines = {
  meta: {
    type: 'suggestion',
    schema: [{ type: 'integer', minimum: 1 }],
    messages: { tooLong: 'this function has {{lines}} lines; at most {{max}} are allowed' },
  },
  create(context) {
    const max = context.options[0] ?? 60;
    const check = (node) => {
      const lines = node.loc.end.line - node.loc.start.line + 1;
      if (lines <= max || isSuite(node)) return;
      const { start } = node.loc;
      const loc = { start, end: { line: start.line, column: start.column + 1 } };
      context.report({ loc, messageId: 'tooLong', data: { lines: String(lines), max: String(max) } });
    };
    return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check };
  },
};
