// Checks Kubernetes objects against the models' schemas. Reads a JSON list of {specifier, kind, object} and prints a JSON list of faults,
// one for each object: a text, or null. Apart from the tests, because the models can only be imported, and Jest requires.
import { text } from 'node:stream/consumers';

async function faultOf({ specifier, kind, object }) {
  const { [kind]: Model } = await import(specifier);
  try {
    new Model(object).validate();
    return null;
  } catch (error) {
    return error.message;
  }
}

const asked = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(await Promise.all(asked.map(faultOf))));
