/** The publishable key may be known to programs near browsers and makes tokens only; the secret key does all else. */
export type KeyKind = 'publishable' | 'secret';

export type ProviderKeys = Readonly<Record<KeyKind, string>>;
