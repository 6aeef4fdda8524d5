import { urlFault } from '@lumina/platform';
import { ValidateBy, type ValidationOptions } from 'class-validator';

const maxCharacters = 2_048;

/** What is wrong with a webhook's address; undefined when nothing is. Where it leads is judged when it is called. */
export function webhookFault(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > maxCharacters)
    return `a URL of at most ${maxCharacters} characters`;
  return urlFault(value);
}

export const IsWebhook = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isWebhook',
      validator: {
        validate: (value) => webhookFault(value) === undefined,
        defaultMessage: (given) => `an http or https URL: ${webhookFault(given?.value) ?? ''}`,
      },
    },
    options,
  );
