/** What a person must know of an endpoint to mend what fails there. */
export interface EndpointIdentity {
  /** Provider id, the first part of `provider/model`. */
  readonly provider: string;
  readonly host: string;
  readonly urlVariable: string;
  /** Undefined: this provider takes no key. */
  readonly keyVariable?: string | undefined;
}

export const placeOf = ({ provider, host }: EndpointIdentity, model: string): string =>
  `${provider}/${model} at ${host}`;
