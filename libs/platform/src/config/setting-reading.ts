/** Where a value was found: in the variable itself (or its default), or in the file named by `<NAME>_FILE`. */
export type SettingSource =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'file'; readonly path: string };

export type SettingReading<Value> =
  { readonly isValid: true; readonly value: Value } | { readonly isValid: false; readonly expected: string };
