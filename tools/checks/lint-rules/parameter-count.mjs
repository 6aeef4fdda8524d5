const isInjected = (constructor) =>
  constructor.parent.type === 'MethodDefinition' && constructor.parent.parent.parent.decorators?.length > 0;

const isConstructor = (node) => node.parent.type === 'MethodDefinition' && node.parent.kind === 'constructor';

/** At most four parameters; the constructor of a decorated (Nest) class may ask for five dependencies. */
export const parameterCount = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { tooMany: '{{count}} parameters; at most {{max}} are allowed: pass an object, or split' },
  },
  create(context) {
    const check = (node) => {
      const max = isConstructor(node) && isInjected(node) ? 5 : 4;
      const count = node.params.length;
      if (count > max)
        context.report({ node, messageId: 'tooMany', data: { count: String(count), max: String(max) } });
    };
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
      TSDeclareFunction: check,
      TSEmptyBodyFunctionExpression: check,
      TSMethodSignature: check,
      TSFunctionType: check,
    };
  },
};
