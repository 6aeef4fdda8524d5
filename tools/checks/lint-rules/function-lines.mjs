/** @param {import('estree').Node} callee the name at the root of `describe`, `describe.each(...)`, … */
function rootName(callee) {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type === 'MemberExpression') return rootName(callee.object);
  if (callee.type === 'CallExpression') return rootName(callee.callee);
  return undefined;
}

const isDescribe = (node) => node?.type === 'CallExpression' && rootName(node.callee) === 'describe';

/** A suite is a chapter, not a function: the callback of `describe`, or a function that only declares suites. */
function isSuite(node) {
  if (isDescribe(node.parent) && node.parent.arguments.includes(node)) return true;
  const { body } = node;
  if (body.type !== 'BlockStatement') return isDescribe(body);
  return (
    body.body.length > 0 &&
    body.body.every(
      (statement) => statement.type === 'ExpressionStatement' && isDescribe(statement.expression),
    )
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
